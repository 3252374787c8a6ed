package dev.gander.message;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.NAPTRRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.RPRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;

/** Messages as servers might send them: names that share suffixes, so that they are compressed. */
final class RandomMessages {

  private static final String[] LABELS = {"a", "WWW", "mail", "xn--hxajbheg2az3al", "_dns", "Net7"};
  private static final String[] ZONES = {"example.org.", "EXAMPLE.com.", "b.example.org.", "test."};

  private final Random random;

  RandomMessages(long seed) {
    random = new Random(seed);
  }

  /** A response with up to 24 records; OPT, if any, anywhere among the additional ones. */
  Message response() {
    Message response = new Message(random.nextInt(0x10000));
    response.getHeader().setFlag(Flags.QR);
    response.getHeader().setRcode(random.nextInt(4) == 0 ? 3 : 0);
    int type = random.nextBoolean() ? RecordType.A : RecordType.MX;
    response.addRecord(Record.newRecord(name(), type, DClass.IN), Section.QUESTION);
    for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
      List<Record> records = records(random.nextInt(8));
      if (section == Section.ADDITIONAL && random.nextBoolean()) {
        records.add(random.nextInt(records.size() + 1), new OPTRecord(1232, 0, 0, Flags.DO));
      }
      for (Record one : records) {
        response.addRecord(one, section);
      }
    }
    return response;
  }

  /** A query, with or without OPT, RD, CD and AD. */
  Message query(Name name, int type) {
    Message query = new Message(random.nextInt(0x10000));
    query.addRecord(Record.newRecord(name, type, DClass.IN), Section.QUESTION);
    for (int flag : new int[] {Flags.RD, Flags.CD, Flags.AD}) {
      if (random.nextBoolean()) {
        query.getHeader().setFlag(flag);
      }
    }
    if (random.nextBoolean()) {
      int flags = random.nextBoolean() ? Flags.DO : 0;
      query.addRecord(new OPTRecord(random.nextInt(5000), 0, 0, flags), Section.ADDITIONAL);
    }
    return query;
  }

  /** The same name with letters in other cases. */
  Name respelled(Name name) {
    StringBuilder text = new StringBuilder();
    for (char c : name.toString().toCharArray()) {
      text.append(random.nextBoolean() ? Character.toUpperCase(c) : Character.toLowerCase(c));
    }
    return Messages.name(text.toString());
  }

  /** A copy that is cut short, or has some bytes changed. */
  byte[] damaged(byte[] wire) {
    byte[] copy = wire.clone();
    int changes = random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      copy[random.nextInt(copy.length)] = (byte) random.nextInt();
    }
    int length = random.nextBoolean() ? copy.length : random.nextInt(copy.length + 1);
    return java.util.Arrays.copyOf(copy, length);
  }

  private List<Record> records(int count) {
    List<Record> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(record());
    }
    return records;
  }

  private Record record() {
    Name owner = name();
    long ttl = random.nextInt(4) == 0 ? random.nextInt(100) : random.nextInt(200_000);
    int in = DClass.IN;
    return switch (random.nextInt(12)) {
      case 0 -> new AAAARecord(owner, in, ttl, address(16));
      case 1 -> new CNAMERecord(owner, in, ttl, name());
      case 2 -> new NSRecord(owner, in, ttl, name());
      case 3 -> new PTRRecord(owner, in, ttl, name());
      case 4 -> new MXRecord(owner, in, ttl, random.nextInt(100), name());
      case 5 -> new SRVRecord(owner, in, ttl, 1, 2, random.nextInt(0x10000), name());
      case 6 -> new SOARecord(owner, in, ttl, name(), name(), 1, 2, 3, 4, random.nextInt(9000));
      case 7 -> new TXTRecord(owner, in, ttl, List.of("v=spf1 -all", "\u00c0\u00c0"));
      case 8 -> new RPRecord(owner, in, ttl, name(), name());
      case 9 -> new NAPTRRecord(owner, in, ttl, 1, 2, "s", "SIP+D2U", "", name());
      case 10 -> signature(owner, ttl);
      default -> new ARecord(owner, in, ttl, address(4));
    };
  }

  private Record signature(Name owner, long ttl) {
    byte[] bytes = new byte[64];
    random.nextBytes(bytes);
    Instant time = Instant.ofEpochSecond(1_700_000_000);
    Name signer = name();
    return new RRSIGRecord(
        owner, DClass.IN, ttl, RecordType.A, 13, ttl, time, time, 7, signer, bytes);
  }

  private Name name() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      text.append(LABELS[random.nextInt(LABELS.length)]).append('.');
    }
    return Messages.name(text + ZONES[random.nextInt(ZONES.length)]);
  }

  private InetAddress address(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    bytes[0] = 0x20;
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
