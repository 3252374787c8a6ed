package dev.gander.cli;

import dev.gander.cli.ReceivedMessage.Edns;
import dev.gander.cli.ReceivedMessage.QuestionLine;
import dev.gander.cli.ReceivedMessage.RecordLine;
import dev.gander.config.Endpoint;
import dev.gander.message.ExtendedError;
import dev.gander.message.Name;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Takes a whole message apart for people (RFC 1035 § 4). The daemon's rooms look only at what they
 * need of a message; here everything is shown, and a message that lies about itself is refused.
 */
final class MessageReader {

  /** The bytes are not a DNS message. */
  static final class Malformed extends java.io.IOException {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  private static final int OPTION_CLIENT_SUBNET = 8;
  private static final int OPTION_COOKIE = 10;
  private static final int OPTION_PADDING = 12;
  private static final int OPTION_EXTENDED_ERROR = 15;

  private final byte[] wire;
  private int at;

  private MessageReader(byte[] wire) {
    this.wire = wire;
  }

  static ReceivedMessage read(byte[] wire) throws Malformed {
    return new MessageReader(wire).message();
  }

  private ReceivedMessage message() throws Malformed {
    int id = u16();
    int bits = u16();
    int[] counts = {u16(), u16(), u16(), u16()};
    List<QuestionLine> questions = new ArrayList<>();
    for (int i = 0; i < counts[0]; i++) {
      questions.add(new QuestionLine(name(), RecordType.text(u16()), className(u16())));
    }
    List<List<RecordLine>> sections = new ArrayList<>();
    Opt opt = new Opt();
    for (int section = 1; section <= 3; section++) {
      List<RecordLine> records = new ArrayList<>();
      for (int i = 0; i < counts[section]; i++) {
        record(opt).ifPresent(records::add);
      }
      sections.add(records);
    }
    int rcode = (bits & 0xf) | (opt.highRcode << 4);
    return new ReceivedMessage(
        id,
        flagNames(bits),
        Rcode.of(rcode).toString(),
        questions,
        sections.get(0),
        sections.get(1),
        sections.get(2),
        opt.edns);
  }

  /** What the OPT pseudo-record adds to the rest of the message. */
  private static final class Opt {
    int highRcode;
    Optional<Edns> edns = Optional.empty();
  }

  private static List<String> flagNames(int bits) {
    String[] names = {"qr", "", "", "", "", "aa", "tc", "rd", "ra", "", "ad", "cd"};
    List<String> flags = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      if (!names[i].isEmpty() && (bits & (0x8000 >> i)) != 0) {
        flags.add(names[i]);
      }
    }
    return flags;
  }

  private static String className(int code) {
    return switch (code) {
      case 1 -> "IN";
      case 3 -> "CH";
      case 4 -> "HS";
      case 254 -> "NONE";
      case 255 -> "ANY";
      default -> "CLASS" + code;
    };
  }

  private Optional<RecordLine> record(Opt opt) throws Malformed {
    String owner = name();
    int type = u16();
    int recordClass = u16();
    long ttl = u32();
    int end = u16() + at;
    if (end > wire.length) {
      throw new Malformed("a record runs past the end of the message");
    }
    if (type == RecordType.OPT) {
      opt.highRcode = (int) (ttl >> 24);
      opt.edns =
          Optional.of(
              new Edns((int) ((ttl >> 16) & 0xff), recordClass, (ttl & 0x8000) != 0, options(end)));
      return Optional.empty();
    }
    String data = data(type, end);
    if (at != end) {
      throw new Malformed("the data of a " + RecordType.text(type) + " record has a wrong length");
    }
    return Optional.of(
        new RecordLine(owner, ttl, className(recordClass), RecordType.text(type), data));
  }

  private List<String> options(int end) throws Malformed {
    List<String> options = new ArrayList<>();
    while (at < end) {
      int code = u16();
      int length = u16();
      int optionEnd = Math.min(at + length, end);
      options.add(
          switch (code) {
            case OPTION_EXTENDED_ERROR -> extendedError(optionEnd);
            case OPTION_CLIENT_SUBNET -> "ECS: " + hex(optionEnd);
            case OPTION_COOKIE -> "COOKIE: " + hex(optionEnd);
            case OPTION_PADDING -> "PADDING: " + raw(optionEnd - at).length() + " bytes";
            default -> "OPT" + code + ": " + hex(optionEnd);
          });
      at = optionEnd;
    }
    return options;
  }

  private String extendedError(int end) throws Malformed {
    int code = u16();
    String text = new String(Arrays.copyOfRange(wire, at, end), StandardCharsets.UTF_8);
    String line = "EDE: " + code + " (" + ExtendedError.of(code).text() + ")";
    return text.isEmpty() ? line : line + ": " + printable(text);
  }

  private static String printable(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints().forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '.' : c));
    return out.toString();
  }

  private String data(int type, int end) throws Malformed {
    return switch (RecordType.text(type)) {
      case "A" -> address(4);
      case "AAAA" -> address(16);
      case "NS", "CNAME", "PTR", "DNAME" -> name();
      case "MX", "KX", "RT", "AFSDB" -> u16() + " " + name();
      case "SOA" ->
          name() + " " + name() + " " + u32() + " " + u32() + " " + u32() + " " + u32() + " "
              + u32();
      case "SRV" -> u16() + " " + u16() + " " + u16() + " " + name();
      case "TXT", "SPF" -> strings(end);
      case "CAA" -> u8() + " " + raw(u8()) + " " + quoted(raw(end - at));
      case "DS", "CDS" ->
          u16() + " " + u8() + " " + u8() + " " + hex(end).toUpperCase(java.util.Locale.ROOT);
      case "SVCB", "HTTPS" -> serviceBinding(end);
      default -> "\\# " + (end - at) + (end == at ? "" : " ") + hex(end);
    };
  }

  private String strings(int end) throws Malformed {
    List<String> parts = new ArrayList<>();
    while (at < end) {
      parts.add(quoted(raw(u8())));
    }
    return String.join(" ", parts);
  }

  /** RFC 9460 § 2.1. */
  private String serviceBinding(int end) throws Malformed {
    StringBuilder text = new StringBuilder().append(u16()).append(' ').append(name());
    while (at < end) {
      int key = u16();
      int valueEnd = u16() + at;
      if (valueEnd > end) {
        throw new Malformed("a service parameter runs past its record");
      }
      text.append(' ').append(serviceParameter(key, valueEnd));
    }
    return text.toString();
  }

  private String serviceParameter(int key, int end) throws Malformed {
    return switch (key) {
      case 1 -> {
        List<String> protocols = new ArrayList<>();
        while (at < end) {
          protocols.add(raw(u8()));
        }
        yield "alpn=" + String.join(",", protocols);
      }
      case 2 -> "no-default-alpn";
      case 3 -> "port=" + u16();
      case 4 -> "ipv4hint=" + addresses(4, end);
      case 6 -> "ipv6hint=" + addresses(16, end);
      case 7 -> "dohpath=" + raw(end - at);
      default -> "key" + key + (end == at ? "" : "=" + hex(end));
    };
  }

  private String addresses(int size, int end) throws Malformed {
    List<String> list = new ArrayList<>();
    while (at < end) {
      list.add(address(size));
    }
    return String.join(",", list);
  }

  private String address(int size) throws Malformed {
    need(size);
    try {
      InetAddress address = InetAddress.getByAddress(Arrays.copyOfRange(wire, at, at + size));
      at += size;
      return Endpoint.text(address);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are always an address", e);
    }
  }

  /** A name that may be compressed; each pointer must lead back, so this ends. */
  private String name() throws Malformed {
    byte[] plain = new byte[Name.MAX_LENGTH];
    int length = 0;
    int from = at;
    int limit = at;
    boolean jumped = false;
    while (true) {
      if (from >= wire.length) {
        throw new Malformed("a name runs past the end of the message");
      }
      int label = wire[from] & 0xff;
      if (label >= 0xc0 && from + 1 < wire.length) {
        int target = ((label & 0x3f) << 8) | (wire[from + 1] & 0xff);
        if (target >= limit) {
          throw new Malformed("a compressed name does not lead back");
        }
        if (!jumped) {
          at = from + 2;
        }
        jumped = true;
        limit = target;
        from = target;
        continue;
      }
      if (label > 63 || from + 1 + label > wire.length || length + 1 + label > plain.length) {
        throw new Malformed("a name is broken or too long");
      }
      System.arraycopy(wire, from, plain, length, 1 + label);
      length += 1 + label;
      from += 1 + label;
      if (label == 0) {
        at = jumped ? at : from;
        String text = Name.toText(plain, 0);
        return text.equals(".") ? text : text + ".";
      }
    }
  }

  private String raw(int length) throws Malformed {
    need(length);
    String text = new String(wire, at, length, StandardCharsets.ISO_8859_1);
    at += length;
    return text;
  }

  /** A character string in quotes, RFC 1035 § 5.1. */
  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        out.append("\\%03d".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  private String hex(int end) throws Malformed {
    need(end - at);
    String text = HexFormat.of().formatHex(wire, at, end);
    at = end;
    return text;
  }

  private void need(int bytes) throws Malformed {
    if (bytes < 0 || at + bytes > wire.length) {
      throw new Malformed("the message ends too early, at byte " + wire.length);
    }
  }

  private int u8() throws Malformed {
    need(1);
    return wire[at++] & 0xff;
  }

  private int u16() throws Malformed {
    return (u8() << 8) | u8();
  }

  private long u32() throws Malformed {
    return ((long) u16() << 16) | u16();
  }
}
