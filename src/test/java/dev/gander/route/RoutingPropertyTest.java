package dev.gander.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.config.Rule;
import dev.gander.config.Settings;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.message.Client;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RoutingPropertyTest {

  private static final String[] NAMES = {
    "a.example", "b.example", "example", "www.a.example", "ads.org", "org", "a.ads.org", "xn--a"
  };
  private static final String[] ADDRESSES = {"10.0.0.1", "10.1.0.1", "192.0.2.9", "2001:db8::5"};
  private static final String[] PARAMETERS = {
    "full:a.example", "full:org", "suffix:example", "a.example", "suffix:org", "keyword:ads",
    "keyword:e.", "regex:'^a'", "regex:'ads?\\.org'", "regex:'^(www|b)\\.'", "xn--a", ".example"
  };
  private static final String[] TERMS = {
    "qtype(A)",
    "qtype(28, TXT)",
    "sip(10.0.0.0/16)",
    "sip('2001:db8::/64', 192.0.2.0/24)",
    "mac('02:00:00:00:00:01')",
    "pname(dig)",
    "iif(eth1, eth2)"
  };
  private static final int[] TYPES = {RecordType.A, RecordType.AAAA, RecordType.TXT};

  @Test
  void randomRulesDecideAsReadOneByOne() throws Exception {
    Random random = new Random(5);
    int decidedByRule = 0;
    for (int round = 0; round < 500; round++) {
      List<String> lines = new ArrayList<>();
      for (int rules = random.nextInt(round % 20 == 0 ? 200 : 10); rules >= 0; rules--) {
        lines.add(rule(random));
      }
      Settings settings = RuleText.requests("asis", lines);
      DnsRouter router =
          DnsRouter.build(
              settings.dns(), new GeoDataFiles(List.of()), index -> "eth" + index, warning -> {});
      for (int i = 0; i < 200; i++) {
        Question question =
            Question.of(NAMES[random.nextInt(NAMES.length)], TYPES[random.nextInt(3)]);
        Client client = client(random);
        RequestRoute route = router.request(question, client);
        int expected = readOneByOne(settings.dns().request().rules(), question, client);
        assertThat(route.place().line())
            .as("%s %s of %s", question, client, lines)
            .isEqualTo(expected);
        decidedByRule += expected == RuleText.FALLBACK_LINE ? 0 : 1;
      }
    }
    assertThat(decidedByRule).isBetween(20_000, 95_000);
  }

  private static String rule(Random random) {
    List<String> terms = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      StringBuilder term = new StringBuilder(random.nextInt(3) == 0 ? "!" : "");
      if (random.nextInt(3) == 0) {
        term.append(TERMS[random.nextInt(TERMS.length)]);
      } else {
        term.append("qname(").append(PARAMETERS[random.nextInt(PARAMETERS.length)]);
        term.append(", ").append(PARAMETERS[random.nextInt(PARAMETERS.length)]).append(')');
      }
      terms.add(term.toString());
    }
    return String.join(" && ", terms) + " -> up" + random.nextInt(4);
  }

  private static Client client(Random random) {
    Client client = new Client();
    String address = ADDRESSES[random.nextInt(ADDRESSES.length)];
    client.setSource(new InetSocketAddress(InetAddress.ofLiteral(address), 4711));
    client.setMac((2L << 40) + random.nextInt(3));
    client.setIfindex(random.nextInt(4));
    client.setProcess(7, random.nextBoolean() ? "dig" : "");
    return client;
  }

  /** The line of the first rule that matches by the definition of the language. */
  private static int readOneByOne(List<Rule> rules, Question question, Client client) {
    return rules.stream()
        .filter(rule -> rule.terms().stream().allMatch(term -> holds(term, question, client)))
        .map(rule -> rule.place().line())
        .findFirst()
        .orElse(RuleText.FALLBACK_LINE);
  }

  private static boolean holds(Rule.Term term, Question question, Client client) {
    return term.negated()
        != term.parameters().stream()
            .anyMatch(parameter -> fits(term.function(), parameter, question, client));
  }

  private static boolean fits(
      String function, Rule.Parameter parameter, Question question, Client client) {
    String value = parameter.value();
    String source = client.source().getAddress().getHostAddress();
    return switch (function) {
      case "qname" -> nameFits(parameter.key(), value, question.name());
      case "qtype" -> RecordType.code(value) == question.type();
      case "mac" -> client.mac() == (2L << 40) + 1;
      case "pname" -> client.pname().equals(value);
      case "iif" -> value.equals("eth" + client.ifindex()) && client.ifindex() != 0;
      case "sip" ->
          switch (value) {
            case "10.0.0.0/16" -> source.equals("10.0.0.1");
            case "192.0.2.0/24" -> source.equals("192.0.2.9");
            default -> source.indexOf(':') >= 0;
          };
      default -> throw new AssertionError(function);
    };
  }

  private static boolean nameFits(String key, String value, String name) {
    return switch (key) {
      case "full" -> name.equals(value);
      case "suffix" ->
          value.startsWith(".") ? name.endsWith(value) : ("." + name).endsWith("." + value);
      case "keyword" -> name.contains(value);
      case "regex" -> Pattern.compile(value).matcher(name).find();
      default -> throw new AssertionError(key);
    };
  }
}
