package dev.gander.daemon;

import dev.gander.message.Name;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Queries as clients, resolvers, scanners and enemies send them; the same for the same seed. */
public final class RandomQueries {

  /**
   * No apex of the lab's zones: unbound answers DS there as the parent would, that nobody has it.
   */
  private static final String[] NAMES = {
    "a.rich.net",
    "b.rich.net",
    "many.rich.net",
    "long.rich.net",
    "huge.rich.net",
    "mail.rich.net",
    "alias.rich.net",
    "empty.rich.net",
    "none.rich.net",
    "x.none.rich.net",
    "ns.rich.net",
    "w.wild.net",
    "blocked.net",
    "a.b.blocked.net",
    "good.blocked.net",
    "exact.rich.net",
    "tracker.rich.net",
    "_dns.rich.net",
    "n1.example",
    "n2.example",
    "n3.example",
    ".",
    "l23456789012345678901234567890123456789012345678901234567890123.l23456789012345678901234567890123456789012345678901234567890123.l23456789012345678901234567890123456789012345678901234567890123.long56789012345678901234567890123456789012.wild.net"
  };

  private static final int[] TYPES = {1, 1, 1, 1, 28, 28, 15, 16, 65, 5, 6, 33, 2, 43, 257, 12};
  private static final int[] ODD_TYPES = {0, 41, 249, 250, 251, 252, 253, 254, 255, 65280, 99};
  private static final int[] SIZES = {0, 100, 512, 600, 1232, 1400, 4096, 65535};

  private final Random random;

  /** Names that most of them ask for. */
  public static List<String> names() {
    return List.of(NAMES);
  }

  /** Types that most of them ask for. */
  public static IntStream types() {
    return Arrays.stream(TYPES).distinct();
  }

  public RandomQueries(long seed) {
    random = new Random(seed);
  }

  /** Any number below {@code bound}. */
  public int next(int bound) {
    return random.nextInt(bound);
  }

  /** A message with this ID: two in three as most clients ask, the others odd in some way. */
  public byte[] message(int id) {
    boolean odd = random.nextInt(3) == 0;
    byte[] message = query(id, odd);
    return odd && random.nextInt(2) == 0 ? spoilt(message) : message;
  }

  private byte[] query(int id, boolean odd) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int flags = 0x0100;
    flags |= random.nextInt(4) == 0 ? 0x0010 : 0;
    flags |= random.nextInt(3) == 0 ? 0x0020 : 0;
    if (odd && random.nextInt(4) == 0) {
      flags ^= 1 << random.nextInt(16);
    }
    int edns = random.nextInt(3);
    u16(out, id);
    u16(out, flags);
    u16(out, odd && random.nextInt(10) == 0 ? random.nextInt(3) : 1);
    u16(out, odd && random.nextInt(20) == 0 ? 1 : 0);
    u16(out, odd && random.nextInt(20) == 0 ? 1 : 0);
    u16(out, (edns == 0 ? 0 : 1) + (odd && random.nextInt(10) == 0 ? 1 : 0));
    out.writeBytes(spelt(Name.toWire(NAMES[random.nextInt(NAMES.length)])));
    boolean oddType = odd && random.nextInt(4) == 0;
    u16(
        out,
        oddType
            ? ODD_TYPES[random.nextInt(ODD_TYPES.length)]
            : TYPES[random.nextInt(TYPES.length)]);
    u16(out, odd && random.nextInt(8) == 0 ? new int[] {0, 3, 4, 254, 77}[random.nextInt(5)] : 1);
    if (edns > 0) {
      opt(out, odd);
    }
    return out.toByteArray();
  }

  private void opt(ByteArrayOutputStream out, boolean odd) {
    out.write(0);
    u16(out, 41);
    u16(out, SIZES[random.nextInt(SIZES.length)]);
    out.write(odd && random.nextInt(10) == 0 ? 1 : 0);
    out.write(odd && random.nextInt(10) == 0 ? 1 : 0);
    int flags = random.nextBoolean() ? 0x8000 : 0;
    u16(out, odd && random.nextInt(10) == 0 ? random.nextInt(0x10000) : flags);
    ByteArrayOutputStream options = new ByteArrayOutputStream();
    for (int i = odd ? random.nextInt(3) : 0; i > 0; i--) {
      byte[] data = new byte[random.nextInt(12)];
      random.nextBytes(data);
      u16(options, new int[] {10, 8, 12, 11, 15, 3, 65001}[random.nextInt(7)]);
      u16(options, random.nextInt(10) == 0 ? random.nextInt(100) : data.length);
      options.writeBytes(data);
    }
    u16(out, options.size());
    out.writeBytes(options.toByteArray());
  }

  private byte[] spelt(byte[] name) {
    if (random.nextBoolean()) {
      for (int at = 0; name[at] != 0; at += 1 + name[at]) {
        for (int i = at + 1; i <= at + name[at]; i++) {
          boolean letter = name[i] >= 'a' && name[i] <= 'z';
          name[i] ^= (byte) (letter && random.nextBoolean() ? 0x20 : 0);
        }
      }
    }
    return name;
  }

  /** Bits turned, an end cut off, or more put behind; the ID stays. */
  private byte[] spoilt(byte[] message) {
    int at = 12 + random.nextInt(message.length - 12);
    return switch (random.nextInt(4)) {
      case 0 -> turned(message);
      case 1 -> Arrays.copyOf(message, 2 + random.nextInt(message.length - 2));
      case 2 -> longer(message);
      default -> {
        message[at] = (byte) new int[] {0xc0, 0x40, 0x80, 0xff, 0, 64}[random.nextInt(6)];
        yield message;
      }
    };
  }

  private byte[] turned(byte[] message) {
    for (int i = random.nextInt(4); i >= 0; i--) {
      message[2 + random.nextInt(message.length - 2)] ^= (byte) (1 << random.nextInt(8));
    }
    return message;
  }

  private byte[] longer(byte[] message) {
    byte[] longer = Arrays.copyOf(message, message.length + random.nextInt(300));
    for (int i = message.length; i < longer.length; i++) {
      longer[i] = (byte) random.nextInt(256);
    }
    return longer;
  }

  private static void u16(ByteArrayOutputStream out, int value) {
    out.write(value >> 8);
    out.write(value);
  }
}
