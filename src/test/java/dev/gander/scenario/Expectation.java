package dev.gander.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What an answer must be: {@code NOERROR, ttl 30, EDE 3, 192.0.2.1}. See docs/TESTING.md. */
final class Expectation {

  private final List<String> items;

  private Expectation(List<String> items) {
    this.items = items;
  }

  static Expectation parse(String text) {
    return new Expectation(List.of(text.trim().split(",\\s*")));
  }

  /** Fails with a message that says what is otherwise. */
  void check(Ask ask) {
    if (items.getFirst().equals("nothing")) {
      require(ask.dropped(), "an answer came: ", ask.dropped() ? "" : ask.reply());
      return;
    }
    require(!ask.dropped(), "the query was dropped", "");
    Message reply = ask.reply();
    Set<String> addresses = new TreeSet<>();
    for (String item : items) {
      if (item.matches("[0-9.]+|[0-9a-f:]*:[0-9a-f:.]*")) {
        addresses.add(Words.address(item).getHostAddress());
      } else {
        require(holds(item, reply, ask), "not `" + item + "` after " + ms(ask) + ": ", reply);
      }
    }
    if (!addresses.isEmpty()) {
      require(
          addresses.equals(addresses(reply)), "other addresses than " + addresses + ": ", reply);
    }
    require(
        reply.getHeader().getID() == ((ask.wire[0] & 0xFF) << 8 | (ask.wire[1] & 0xFF)),
        "another ID: ",
        reply);
  }

  private static String ms(Ask ask) {
    return Duration.ofNanos(ask.waitedNanos()).toMillis() + " ms";
  }

  private static void require(boolean holds, String what, Object reply) {
    if (!holds) {
      throw new AssertionError(what + "\n" + reply);
    }
  }

  private static boolean holds(String item, Message reply, Ask ask) {
    List<String> words = Words.of(item);
    String last = words.getLast();
    OPTRecord opt = reply.getOPT();
    return switch (words.getFirst()) {
      case "ttl" ->
          ttls(reply).stream().allMatch(ttl -> ttl == Long.parseLong(last))
              && !ttls(reply).isEmpty();
      case "EDE" ->
          errors(opt).stream()
              .anyMatch(error ->
                  error.getErrorCode() == Integer.parseInt(words.get(1))
                      && (words.size() == 2
                          || String.valueOf(error.getText())
                              .contains(String.join(" ", words.subList(2, words.size())))));
      case "TC", "AA", "AD", "RA", "RD", "CD" ->
          reply.getHeader().getFlag(Flags.value(words.getFirst()));
      case "-TC", "-AA", "-AD", "-RD", "-CD" ->
          !reply.getHeader().getFlag(Flags.value(words.getFirst().substring(1)));
      case "no" -> absent(last, reply);
      case "OPT" -> opt != null;
      case "DO" -> opt != null && (opt.getFlags() & Flags.DO) != 0;
      case "version" -> opt != null && opt.getVersion() == Integer.parseInt(last);
      case "scope" -> opt != null && scopes(opt).contains(Integer.parseInt(last));
      case "question" -> reply.getQuestion().getName().toString().equals(last + ".");
      case "CNAME", "PTR", "SOA", "TXT", "HTTPS", "MX" -> has(words, reply);
      case "records" -> reply.getSection(Section.ANSWER).size() == Integer.parseInt(last);
      case "bytes" -> ask.length() <= Integer.parseInt(last);
      case "at" -> ask.waitedNanos() == 0;
      case "within" ->
          ask.waitedNanos() <= Words.duration(item.substring("within".length())).toNanos();
      default -> Rcode.string(reply.getRcode()).equals(checked(item));
    };
  }

  private static String checked(String rcode) {
    if (Rcode.value(rcode) < 0) {
      throw new IllegalArgumentException("`" + rcode + "` cannot be expected");
    }
    return rcode;
  }

  private static boolean absent(String what, Message reply) {
    return switch (what) {
      case "EDE" -> errors(reply.getOPT()).isEmpty();
      case "OPT" -> reply.getOPT() == null;
      case "SOA" -> reply.getSection(Section.AUTHORITY).isEmpty();
      case "records" -> reply.getSection(Section.ANSWER).isEmpty();
      case "question" -> reply.getQuestion() == null;
      case "ECS" -> reply.getOPT() == null || scopes(reply.getOPT()).isEmpty();
      default -> throw new IllegalArgumentException("`no " + what + "` cannot be expected");
    };
  }

  private static List<Integer> scopes(OPTRecord opt) {
    List<Integer> scopes = new ArrayList<>();
    opt.getOptions()
        .forEach(option -> {
          if (option instanceof ClientSubnetOption subnet) {
            scopes.add(subnet.getScopePrefixLength());
          }
        });
    return scopes;
  }

  /** {@code TYPE} or {@code TYPE DATA}, in the answer or the authority. */
  private static boolean has(List<String> words, Message reply) {
    List<Record> records = new ArrayList<>(reply.getSection(Section.ANSWER));
    records.addAll(reply.getSection(Section.AUTHORITY));
    return records.stream()
        .filter(one -> Type.string(one.getType()).equals(words.getFirst()))
        .anyMatch(one ->
            words.size() == 1
                || one.rdataToString().equals(String.join(" ", words.subList(1, words.size()))));
  }

  /** Of the answer; of the authority where the answer is empty. */
  private static List<Long> ttls(Message reply) {
    List<Record> records = reply.getSection(Section.ANSWER);
    return (records.isEmpty() ? reply.getSection(Section.AUTHORITY) : records)
        .stream().map(Record::getTTL).toList();
  }

  private static List<ExtendedErrorCodeOption> errors(@Nullable OPTRecord opt) {
    List<ExtendedErrorCodeOption> errors = new ArrayList<>();
    if (opt != null) {
      opt.getOptions()
          .forEach(option -> {
            if (option instanceof ExtendedErrorCodeOption error) {
              errors.add(error);
            }
          });
    }
    return errors;
  }

  private static Set<String> addresses(Message reply) {
    Set<String> addresses = new TreeSet<>();
    for (Record one : reply.getSection(Section.ANSWER)) {
      switch (one) {
        case ARecord a -> addresses.add(a.getAddress().getHostAddress());
        case AAAARecord a -> addresses.add(a.getAddress().getHostAddress());
        default -> {
          // Not an address.
        }
      }
    }
    return addresses;
  }
}
