package dev.gander.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.config.RoutingSettings;
import dev.gander.config.Settings;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.message.Client;
import dev.gander.message.Name;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is lowered for the kernel says nothing that the rules do not say. */
class LoweringPropertyTest {

  private static final String[] NAMES = {
    "a.example", "b.example", "example", "www.a.example", "ads.org", "org", "a.ads.org", "x.y"
  };
  private static final String[] ADDRESSES = {
    "0.0.0.0",
    "10.0.0.1",
    "10.0.0.200",
    "10.1.0.1",
    "192.0.2.9",
    "255.255.255.255",
    "::",
    "::1",
    "2001:db8::5",
    "2001:db8:1::5",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
  };
  private static final String[] PARAMETERS = {
    "full:a.example",
    "full:org",
    "suffix:example",
    "a.example",
    "suffix:org",
    "keyword:ads",
    "regex:'^a'",
    ".example",
    "full:x.y"
  };
  private static final String[] TERMS = {
    "qtype(A)",
    "qtype(28, TXT)",
    "sip(10.0.0.0/16)",
    "sip(10.0.0.128/25, '::/0')",
    "sip('2001:db8::/64', 192.0.2.0/24)",
    "sip(0.0.0.0/0)",
    "mac('02:00:00:00:00:01')",
    "mac('02:00:00:00:00:01', '02:00:00:00:00:02')",
    "mac('00:00:00:00:00:00')",
    "pname(dig)",
    "iif(eth1, eth2)",
    "iif(eth2)",
    "dscp(0, 46)",
    "dscp(10)",
    "vlan(10-19)",
    "vlan(19, 20)",
    "uid(0)",
    "uid(1000, 4294967294)",
    "cgroup('/')",
    "cgroup(system.slice, user.slice/a)",
    "cgroup(system.slice/dns.service)"
  };
  private static final int[] DSCPS = {0, 10, 46, 63};
  private static final int[] VLANS = {0, 10, 19, 20, 21};
  private static final int[] USERS = {Client.UNKNOWN, 0, 1000, -2, 7};
  private static final String[] GROUPS = {
    "", "/", "/system.slice", "/system.slice/dns.service/x", "/system.sliced", "/user.slice/a/b"
  };
  private static final int[] TYPES = {RecordType.A, RecordType.AAAA, RecordType.TXT};

  private static DnsRouter router(List<String> rules) throws Exception {
    Settings settings = RuleText.requests("up", rules);
    return DnsRouter.build(
        settings.dns(), new GeoDataFiles(List.of()), index -> "eth" + index, warning -> {});
  }

  /** Whatever is asked, and wherever that goes. */
  @Test
  void clientsOfOneClassGetOneExitToo() throws Exception {
    Random random = new Random(17);
    int shared = 0;
    for (int round = 0; round < 100; round++) {
      List<String> lines = TrafficRules.random(random, 6, false);
      lines.removeIf(it -> it.contains("sport"));
      RoutingSettings traffic = TrafficText.rules("direct", lines);
      TrafficRouter exits = TrafficRouter.build(traffic, new GeoDataFiles(List.of()), it -> {});
      DnsRouter router =
          DnsRouter.build(
              RuleText.requests("up", List.of()).dns(),
              traffic,
              new GeoDataFiles(List.of()),
              index -> "eth" + index,
              it -> {});
      assertThat(router.classesTellExits()).isTrue();
      TrafficFlow to = new TrafficFlow();
      Map<Long, List<TrafficRoute>> routes = new HashMap<>();
      for (int i = 0; i < 100; i++) {
        Client client = client(random);
        to.setClient(client);
        List<TrafficRoute> own = new ArrayList<>();
        for (String server : List.of("192.0.2.9", "10.0.0.1", "2001:db8::5")) {
          InetAddress address = InetAddress.ofLiteral(server);
          to.setDestination(Client.high(address), Client.low(address), 53);
          to.setProtocol(TrafficFlow.UDP);
          own.add(exits.route(to));
        }
        List<TrafficRoute> before =
            routes.putIfAbsent(router.clientClasses().of(client), List.copyOf(own));
        if (before != null) {
          shared++;
          assertThat(own).as("%s of %s", client, lines).isEqualTo(before);
        }
      }
    }
    assertThat(shared).isGreaterThan(1_000);
  }

  @Test
  void whereRulesAskWhatClassesDoNotKnowTheyAreNotTrusted() throws Exception {
    for (String rule : List.of("sport(1-1023) -> one", "sip(geoip:x) -> one")) {
      RoutingSettings traffic = TrafficText.rules("direct", List.of(rule));
      DnsRouter router =
          DnsRouter.build(
              RuleText.requests("up", List.of()).dns(),
              traffic,
              new GeoDataFiles(List.of()),
              index -> "",
              it -> {});
      assertThat(router.classesTellExits()).as(rule).isFalse();
    }
  }

  @Test
  void clientsOfOneClassGetOneRoute() throws Exception {
    Random random = new Random(11);
    int shared = 0;
    for (int round = 0; round < 400; round++) {
      List<String> rules = rules(random);
      DnsRouter router = router(rules);
      Map<String, RequestRoute> routes = new HashMap<>();
      for (int i = 0; i < 300; i++) {
        Client client = client(random);
        Question question =
            Question.of(NAMES[random.nextInt(NAMES.length)], TYPES[random.nextInt(3)]);
        RequestRoute route = router.request(question, client);
        String key = question + " " + router.clientClasses().of(client);
        RequestRoute before = routes.putIfAbsent(key, route);
        if (before != null) {
          shared++;
          assertThat(route).as("%s %s %s", question, client, rules).isEqualTo(before);
        }
      }
    }
    assertThat(shared).isGreaterThan(20_000);
  }

  @Test
  void partsAreWhatTheKernelsMapsFind() throws Exception {
    Random random = new Random(12);
    for (int round = 0; round < 400; round++) {
      ClientClasses classes = router(rules(random)).clientClasses();
      for (int i = 0; i < 50; i++) {
        Client client = client(random);
        long found = 0;
        for (ClientClasses.Part part : parts(classes, client)) {
          assertThat(found & part.bits()).isZero();
          found |= part.bits();
        }
        assertThat(found).isEqualTo(classes.of(client));
      }
      assertThat(classes.fits()).isTrue();
    }
  }

  @Test
  void whatIsRejectedByHashIsRejectedByTheRules() throws Exception {
    Random random = new Random(13);
    int rejected = 0;
    int rejectedByHash = 0;
    for (int round = 0; round < 600; round++) {
      List<String> rules = rules(random);
      DnsRouter router = router(rules);
      Map<String, int[]> table = table(router.rejectedNames());
      for (int i = 0; i < 100; i++) {
        Client client = client(random);
        Question question =
            Question.of(NAMES[random.nextInt(NAMES.length)], TYPES[random.nextInt(3)]);
        boolean expected = router.request(question, client) instanceof RequestRoute.Reject;
        boolean said = verdict(router, table, question, client);
        assertThat(!said || expected).as("%s %s %s", question, client, rules).isTrue();
        rejected += expected ? 1 : 0;
        rejectedByHash += said ? 1 : 0;
      }
    }
    assertThat(rejectedByHash).isGreaterThan(rejected / 4);
  }

  @Test
  void plainListsAreLoweredWhole() throws Exception {
    DnsRouter router =
        router(
            List.of(
                "qname(full: good.ads.org) -> up",
                "sip(10.0.0.1) -> up",
                "qtype(TXT) -> up",
                "qname(suffix: ads.org, keyword: tracker) -> reject",
                "qname(keyword: x) -> up",
                "qname(suffix: late) -> reject"));
    Map<String, int[]> table = table(router.rejectedNames());
    assertThat(table.keySet()).containsExactlyInAnyOrder("good.ads.org", "ads.org");
    Client client = new Client();
    client.setSource(new InetSocketAddress(InetAddress.ofLiteral("10.0.0.2"), 1));
    assertThat(verdict(router, table, Question.of("a.ads.org", RecordType.A), client)).isTrue();
    assertThat(verdict(router, table, Question.of("ads.org", RecordType.A), client)).isTrue();
    assertThat(verdict(router, table, Question.of("good.ads.org", RecordType.A), client)).isFalse();
    assertThat(verdict(router, table, Question.of("a.ads.org", RecordType.TXT), client)).isFalse();
    client.setSource(new InetSocketAddress(InetAddress.ofLiteral("10.0.0.1"), 1));
    assertThat(verdict(router, table, Question.of("a.ads.org", RecordType.A), client)).isFalse();
  }

  private static boolean verdict(
      DnsRouter router, Map<String, int[]> table, Question question, Client client) {
    int verdict = 0;
    String name = question.name();
    for (String suffix = name; ; suffix = parent(suffix)) {
      int[] there = table.getOrDefault(suffix, new int[2]);
      int one = suffix.equals(name) ? there[0] : there[1];
      verdict = one != 0 && (verdict == 0 || one < verdict) ? one : verdict;
      if (suffix.equals(".")) {
        break;
      }
    }
    int limit =
        router.rejectedNames().typeLimits().getOrDefault(question.type(), ClientClasses.NO_LIMIT);
    for (ClientClasses.Part part : parts(router.clientClasses(), client)) {
      limit = Math.min(limit, part.limit());
    }
    return (verdict & 1) != 0 && verdict < limit;
  }

  private static String parent(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? "." : name.substring(dot + 1);
  }

  private static Map<String, int[]> table(RejectedNames names) {
    Map<String, int[]> table = new HashMap<>();
    names.forEach((buffer, offset, length, exact, below) ->
        table.put(Name.toText(buffer, offset), new int[] {exact, below}));
    assertThat(names.count()).isEqualTo(table.size());
    return table;
  }

  /** As the kernel finds them: by address, and by each thing rules ask; what no map holds is 0. */
  private static List<ClientClasses.Part> parts(ClientClasses classes, Client client) {
    ClientClasses.Part address = classes.otherAddress();
    ClientClasses.Part others = new ClientClasses.Part(0, classes.otherLimit());
    int longest = -1;
    for (ClientClasses.Prefix prefix : classes.prefixes()) {
      if (prefix.length() > longest && covers(prefix, client.sourceHigh(), client.sourceLow())) {
        longest = prefix.length();
        address = prefix.part();
      }
    }
    return List.of(
        address,
        classes.macs().getOrDefault(client.mac(), others),
        classes.interfaces().getOrDefault("eth" + client.ifindex(), others),
        classes.processes().getOrDefault(client.pname(), others),
        classes.dscps().getOrDefault((long) client.dscp(), others),
        classes.vlans().getOrDefault((long) client.vlan(), others),
        classes.users().getOrDefault(Integer.toUnsignedLong(client.uid()), others),
        classes.partOfControlGroup(client.cgroup()));
  }

  private static boolean covers(ClientClasses.Prefix prefix, long high, long low) {
    int length = prefix.length();
    long highMask = length >= 64 ? -1 : length == 0 ? 0 : -1L << (64 - length);
    long lowMask = length <= 64 ? 0 : -1L << (128 - length);
    return ((high ^ prefix.high()) & highMask) == 0 && ((low ^ prefix.low()) & lowMask) == 0;
  }

  private static List<String> rules(Random random) {
    List<String> rules = new ArrayList<>();
    for (int count = random.nextInt(9); count >= 0; count--) {
      List<String> terms = new ArrayList<>();
      for (int i = random.nextInt(3) / 2; i >= 0; i--) {
        StringBuilder term = new StringBuilder(random.nextInt(5) == 0 ? "!" : "");
        if (random.nextInt(3) == 0) {
          term.append(TERMS[random.nextInt(TERMS.length)]);
        } else {
          term.append("qname(").append(PARAMETERS[random.nextInt(PARAMETERS.length)]);
          term.append(", ").append(PARAMETERS[random.nextInt(PARAMETERS.length)]).append(')');
        }
        terms.add(term.toString());
      }
      String outbound = random.nextBoolean() ? "reject" : random.nextBoolean() ? "up" : "asis";
      rules.add(String.join(" && ", terms) + " -> " + outbound);
    }
    return rules;
  }

  private static Client client(Random random) {
    Client client = new Client();
    String address = ADDRESSES[random.nextInt(ADDRESSES.length)];
    client.setSource(new InetSocketAddress(InetAddress.ofLiteral(address), 4711));
    client.setMac(random.nextInt(4) == 0 ? 0 : (2L << 40) + random.nextInt(4));
    client.setIfindex(random.nextInt(4));
    client.setDscp(DSCPS[random.nextInt(DSCPS.length)]);
    client.setVlan(VLANS[random.nextInt(VLANS.length)]);
    client.setProcess(7, random.nextInt(3) == 0 ? "dig" : "");
    client.setOwner(USERS[random.nextInt(USERS.length)], 1, GROUPS[random.nextInt(GROUPS.length)]);
    return client;
  }
}
