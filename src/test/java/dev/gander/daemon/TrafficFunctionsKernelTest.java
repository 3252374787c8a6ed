package dev.gander.daemon;

import static dev.gander.daemon.TrafficLab.DNS_FOUR;
import static dev.gander.daemon.TrafficLab.DNS_SIX;
import static dev.gander.daemon.TrafficLab.FOUR;
import static dev.gander.daemon.TrafficLab.PASSED;
import static dev.gander.daemon.TrafficLab.RESET;
import static dev.gander.daemon.TrafficLab.SIX;
import static dev.gander.daemon.TrafficLab.TAKEN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every function of the rules, on packets of a LAN client and of a program of the router, of both
 * families, over TCP, UDP and DNS, with every outcome.
 */
@Tag("kernel")
class TrafficFunctionsKernelTest {

  private static final String PROGRAM = "a-program-of-16";
  private static final int DSCP = 7;
  private static final int MARK = 0x21;
  private static final int DIRECT = 7001;
  private static final int BLOCKED = 7002;
  private static final int MARKED = 7003;

  /**
   * Prints the source port of each packet that leaves by wan0 with the mark: by a classic filter.
   */
  private static final String WATCHER =
      """
      import ctypes, socket, struct
      s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
      load_mark, equal, give = (0x20, 0, 0, 0xfffff000 + 20), (0x15, 0, 1, 0x21), (6, 0, 0, 65535)
      code = b''.join(struct.pack('HBBI', *each) for each in (load_mark, equal, give, (6, 0, 0, 0)))
      memory = ctypes.create_string_buffer(code)
      s.setsockopt(socket.SOL_SOCKET, 26, struct.pack('HL', 4, ctypes.addressof(memory)))
      s.bind(('wan0', 3))
      print('ready', flush=True)
      while True:
          packet = s.recv(2048)
          ports = packet[20:24] if packet[0] >> 4 == 4 else packet[40:44]
          print(struct.unpack('!H', ports[:2])[0], flush=True)
      """;

  @TempDir private Path folder;
  private TrafficLab traffic;

  /** Every attempt has a source port of its own, 20000 and above. */
  private int source = 20_000;

  private final Set<Integer> marked = new TreeSet<>();

  @BeforeEach
  void build() throws Exception {
    traffic = new TrafficLab("f", folder);
    Files.writeString(folder.resolve("watcher.py"), WATCHER);
    traffic.lab.start("ip netns exec %r python3 " + folder.resolve("watcher.py"), "watcher.log");
    Eventually.holds(() -> traffic.lab.log("watcher").contains("ready"));
  }

  @AfterEach
  void remove() throws Exception {
    traffic.close();
  }

  /** A packet, as the rows below look at it. */
  private record Packet(boolean wan, boolean ipv4, boolean tcp, int port) {}

  private interface Term {
    boolean holds(Packet packet);
  }

  private record Row(String text, Term term) {}

  private List<Row> rows() throws Exception {
    String client = traffic.mac("%c", "eth0");
    String own = traffic.mac("%r", "wan0");
    return List.of(
        new Row("dip(203.0.113.0/24)", Packet::ipv4),
        new Row("dip('2001:db8:2::/64', 198.51.100.0/24)", it -> !it.ipv4()),
        new Row("sip(192.0.2.2, '2001:db8:1::2')", it -> !it.wan()),
        new Row("sip(203.0.113.1, '2001:db8:2::1')", Packet::wan),
        new Row("dport(53, 7000-7002)", it -> it.port() <= BLOCKED),
        new Row("!dport(54-7001)", it -> it.port() != DIRECT),
        new Row("sport(20000-29999)", it -> true),
        new Row("sport(1-19999, 30000-65535)", it -> false),
        new Row("l4proto(tcp)", Packet::tcp),
        new Row("l4proto(udp)", it -> !it.tcp()),
        new Row("ipversion(4)", Packet::ipv4),
        new Row("!ipversion(4)", it -> !it.ipv4()),
        new Row("mac('" + client + "')", it -> !it.wan()),
        new Row("mac('" + own + "')", Packet::wan),
        new Row("pname(" + PROGRAM + ")", Packet::wan),
        new Row("!pname(" + PROGRAM + ", curl)", it -> !it.wan()),
        new Row("dscp(" + DSCP + ")", it -> true),
        new Row("dscp(8, 63)", it -> false),
        new Row("domain(full: b.example, suffix: server.net)", it -> true),
        new Row("domain(a.example)", it -> false),
        new Row("!domain(keyword: xample)", it -> it.port() == 53));
  }

  @Test
  void eachFunctionHoldsForWhatItNamesAndNothingElse() throws Exception {
    traffic.lab.serve(configuration("sip(0.0.0.0)"));
    assertThat(traffic.lab.log("run")).contains("policy routing does not see");
    for (String side : List.of("%c", "%r")) {
      for (String name : List.of("a.example", "b.example", "server.net")) {
        learn(side, name);
      }
    }
    for (Row row : rows()) {
      traffic.reload(configuration(row.text()));
      // What was asked for last counts.
      learn("%c", "b.example");
      learn("%r", "b.example");
      check(row, false);
      check(row, true);
    }
    Eventually.holds(() -> seen().containsAll(marked));
    assertThat(seen()).isEqualTo(marked);
  }

  private void learn(String side, String name) throws Exception {
    traffic.learn(side, PROGRAM, name);
  }

  private static String configuration(String term) {
    return TrafficLab.configuration(
        "lan_interface: lan0 wan_interface: wan0",
        "domain(full: nobody.example) -> direct",
        term + " && dport(" + DIRECT + ") -> direct",
        term + " && dport(" + BLOCKED + ") -> block",
        term + " && dport(" + MARKED + ") -> direct(mark: " + MARK + ")",
        term + " && dip(203.0.113.53, '2001:db8:2::53') && dport(53) -> must_direct",
        "dport(" + DIRECT + ") -> block",
        "fallback: direct");
  }

  private Set<Integer> seen() throws Exception {
    return traffic
        .lab
        .log("watcher")
        .lines()
        .filter(line -> !line.equals("ready"))
        .map(Integer::valueOf)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void check(Row row, boolean wan) throws Exception {
    List<TrafficLab.Attempt> attempts = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (boolean ipv4 : new boolean[] {true, false}) {
      for (int port : List.of(DIRECT, BLOCKED, MARKED)) {
        for (String protocol : List.of("tcp", "udp")) {
          Packet packet = new Packet(wan, ipv4, protocol.equals("tcp"), port);
          boolean holds = row.term().holds(packet);
          expected.add(expected(packet, holds));
          if (holds && port == MARKED) {
            marked.add(source);
          }
          attempts.add(attempt(protocol, ipv4 ? FOUR : SIX, port));
        }
      }
      boolean passes = row.term().holds(new Packet(wan, ipv4, false, 53));
      expected.add(passes ? PASSED : TAKEN);
      attempts.add(attempt("dns", ipv4 ? DNS_FOUR : DNS_SIX, 53));
    }
    assertThat(
            traffic.attempt(
                wan ? "%r" : "%c", PROGRAM, attempts.toArray(TrafficLab.Attempt[]::new)))
        .as((wan ? "WAN " : "LAN ") + row.text() + " " + attempts)
        .isEqualTo(expected);
  }

  private TrafficLab.Attempt attempt(String protocol, String address, int port) {
    return new TrafficLab.Attempt(protocol, address, port, source++, DSCP, 10);
  }

  private static String expected(Packet packet, boolean holds) {
    boolean blocked = packet.port() == BLOCKED ? holds : packet.port() == DIRECT && !holds;
    if (blocked && packet.tcp()) {
      return RESET;
    }
    if (blocked) {
      return packet.ipv4() ? "EHOSTUNREACH" : "EACCES";
    }
    return PASSED;
  }
}
