package dev.gander.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * What a server says to some questions: {@code www.example.com A: @ 300 A 192.0.2.1; AD; after 30
 * ms}. See docs/TESTING.md.
 */
final class ScriptedReply {

  /** What a server says to what the story does not know. */
  static final ScriptedReply REFUSED = parse("* *: REFUSED");

  private final Optional<Name> name;
  private final boolean below;
  private final Optional<Integer> type;
  private final List<String> when;
  private final List<String> items;

  /** Another address than the one that was asked, from which the answer comes. */
  final Optional<InetAddress> from;

  /** Instead of the server's usual time. */
  final Optional<Duration> after;

  private ScriptedReply(String pattern, List<String> items) {
    List<String> words = new ArrayList<>(Words.of(pattern));
    String text = words.removeFirst();
    below = text.startsWith("*.");
    name =
        text.equals("*") ? Optional.empty() : Optional.of(name(below ? text.substring(2) : text));
    String kind = words.removeFirst();
    type = kind.equals("*") ? Optional.empty() : Optional.of(Words.type(kind));
    when = words;
    this.items = items;
    from = value("from ").map(Words::address);
    after = value("after ").map(Words::duration);
  }

  static ScriptedReply parse(String text) {
    int colon = text.indexOf(": ");
    if (colon < 0) {
      throw new IllegalArgumentException("no `: ` between what is asked and what is answered");
    }
    List<String> items = List.of(text.substring(colon + 2).split(";\\s*"));
    ScriptedReply reply = new ScriptedReply(text.substring(0, colon), items);
    Message sample = new Message(0);
    sample.addRecord(Record.newRecord(name("sample.example"), Type.A, DClass.IN), Section.QUESTION);
    reply.to(sample);
    return reply;
  }

  private Optional<String> value(String prefix) {
    return items.stream()
        .filter(item -> item.startsWith(prefix))
        .map(item -> item.substring(prefix.length()).trim())
        .findFirst();
  }

  boolean fits(Message query, boolean tcp) {
    Record asked = query.getQuestion();
    boolean named =
        name.isEmpty()
            || (below ? asked.getName().subdomain(name.get()) : asked.getName().equals(name.get()));
    return named
        && (type.isEmpty() || type.get() == asked.getType())
        && (!when.contains("tcp") || tcp)
        && (!when.contains("udp") || !tcp)
        && (!when.contains("edns") || query.getOPT() != null)
        && (!when.contains("-edns") || query.getOPT() == null)
        && (!when.contains("+do") || (query.getOPT() != null && query.getOPT().getFlags() != 0))
        && (!when.contains("+cd") || query.getHeader().getFlag(Flags.CD));
  }

  /** The answer to {@code query}, as its sender would have it on the wire. */
  Message to(Message query) {
    Record asked = Objects.requireNonNull(query.getQuestion());
    Message reply = new Message(query.getHeader().getID());
    reply.getHeader().setFlag(Flags.QR);
    reply.getHeader().setFlag(Flags.RA);
    if (query.getHeader().getFlag(Flags.RD)) {
      reply.getHeader().setFlag(Flags.RD);
    }
    reply.addRecord(asked, Section.QUESTION);
    List<EDNSOption> options = new ArrayList<>();
    for (String item : items) {
      apply(item.trim(), asked, reply, options);
    }
    value("scope ").ifPresent(it -> options.addAll(scoped(query, Integer.parseInt(it))));
    if (query.getOPT() != null && !items.contains("no OPT")) {
      reply.addRecord(
          new OPTRecord(1232, upperRcode(), 0, query.getOPT().getFlags(), options),
          Section.ADDITIONAL);
    }
    return reply;
  }

  /** The eight bits of the response code that go into OPT. */
  private int upperRcode() {
    return items.stream().mapToInt(item -> Math.max(0, Rcode.value(item)) >> 4).max().orElse(0);
  }

  private static void apply(String item, Record asked, Message reply, List<EDNSOption> options) {
    List<String> words = Words.of(item);
    String first = words.getFirst();
    switch (first) {
      case "TC", "AA", "AD" -> reply.getHeader().setFlag(Flags.value(first));
      case "from", "after", "scope" -> {
        // How it travels, not what it says.
      }
      case "EDE" ->
          options.add(
              new ExtendedErrorCodeOption(
                  Integer.parseInt(words.get(1)),
                  String.join(" ", words.subList(2, words.size()))));
      case "wrong" -> reply.getHeader().setID(reply.getHeader().getID() ^ 1);
      case "case" -> {
        reply.removeAllRecords(Section.QUESTION);
        reply.addRecord(flipped(asked), Section.QUESTION);
      }
      case "question" -> {
        reply.removeAllRecords(Section.QUESTION);
        Name other = name(words.get(1));
        reply.addRecord(Record.newRecord(other, asked.getType(), DClass.IN), Section.QUESTION);
      }
      case "no" -> {
        if (words.get(1).equals("question")) {
          reply.removeAllRecords(Section.QUESTION);
        }
      }
      case "authority" -> reply.addRecord(record(words, 1, asked), Section.AUTHORITY);
      case "additional" -> reply.addRecord(record(words, 1, asked), Section.ADDITIONAL);
      case "soa" -> reply.addRecord(soa(words), Section.AUTHORITY);
      case "big" -> big(asked, Integer.parseInt(words.get(1)), reply);
      default -> {
        if (words.size() == 1) {
          reply.getHeader().setRcode(rcode(first) & 0xF);
        } else {
          reply.addRecord(record(words, 0, asked), Section.ANSWER);
        }
      }
    }
  }

  /** The subnet the query told, for clients of {@code scope} bits of it. */
  private static List<EDNSOption> scoped(Message query, int scope) {
    return query.getOPT() == null
        ? List.of()
        : query.getOPT().getOptions().stream()
            .filter(ClientSubnetOption.class::isInstance)
            .map(ClientSubnetOption.class::cast)
            .map(it ->
                (EDNSOption)
                    new ClientSubnetOption(it.getSourcePrefixLength(), scope, it.getAddress()))
            .toList();
  }

  private static int rcode(String word) {
    int rcode = Rcode.value(word);
    if (rcode < 0) {
      throw new IllegalArgumentException("`" + word + "` is no RCODE and no record");
    }
    return rcode;
  }

  /** {@code soa ZONE TTL MINIMUM}. */
  private static Record soa(List<String> words) {
    return record(
        Words.of(
            words.get(1)
                + " "
                + words.get(2)
                + " SOA ns.example. host.example. 1 7200 900 86400 "
                + words.get(3)),
        0,
        Record.newRecord(name("x.example"), Type.A, DClass.IN));
  }

  private static void big(Record asked, int records, Message reply) {
    for (int i = 0; i < records; i++) {
      reply.addRecord(record(Words.of("@ 300 A 192.0.2." + i), 0, asked), Section.ANSWER);
    }
  }

  private static Record flipped(Record asked) {
    StringBuilder text = new StringBuilder();
    for (char c : asked.getName().toString().toCharArray()) {
      text.append(Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c));
    }
    return Record.newRecord(name(text.toString()), asked.getType(), DClass.IN);
  }

  /** {@code OWNER TTL TYPE DATA}; {@code @} is the name asked. */
  private static Record record(List<String> words, int from, Record asked) {
    String owner = words.get(from);
    Name name = owner.equals("@") ? asked.getName() : name(owner);
    int type = Words.type(words.get(from + 2));
    String data = String.join(" ", words.subList(from + 3, words.size()));
    try {
      long ttl = Long.parseLong(words.get(from + 1));
      return Record.fromString(name, type, DClass.IN, ttl, data, Name.root);
    } catch (IOException | NumberFormatException e) {
      throw new IllegalArgumentException("`" + String.join(" ", words) + "`: " + e.getMessage(), e);
    }
  }

  static Name name(String text) {
    try {
      return Name.fromString(text.endsWith(".") ? text : text + ".");
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  @Override
  public String toString() {
    return String.join("; ", items).toLowerCase(Locale.ROOT);
  }
}
