package dev.gander.daemon;

import static dev.gander.daemon.RouterLab.configuration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TCP to port 53 from a client's namespace through a whole daemon in the router's. */
@Tag("kernel")
class TcpKernelTest {

  private static final String NOBODY = "198.51.100.53";
  private static final String NOBODY_SIX = "2001:db8:ffff::53";
  private static final String SERVER = "203.0.113.53";

  /**
   * {@code FLAGS COUNT}: segments of ever new connections from the hosts 100 to 199 of the client's
   * network, for as long as it lives unless a count is given. 2: SYN.
   */
  private static final String FLOOD =
      """
      import itertools, random, socket, struct, sys, time
      flags, most = (int(sys.argv[1], 16), int(sys.argv[2])) if len(sys.argv) > 1 else (2, 0)
      s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
      server = socket.inet_aton('198.51.100.1')
      def total(data):
          t = sum(struct.unpack('!%dH' % (len(data) // 2), data))
          while t >> 16:
              t = (t & 0xffff) + (t >> 16)
          return ~t & 0xffff
      for i in itertools.count() if most == 0 else range(most):
          client = socket.inet_aton('192.0.2.%d' % (100 + i % 100))
          head = struct.pack('!HHIIBBH', 62000 if most else 1024 + i // 100 % 60000, 53, random.getrandbits(32),
                             random.getrandbits(32), 80, flags, 1024)
          check = total(client + server + struct.pack('!HH', 6, 20) + head + bytes(4))
          ip = struct.pack('!BBHHHBBH', 69, 0, 40, 0, 0, 64, 6, 0) + client + server
          s.sendto(ip + head + struct.pack('!HH', check, 0), ('198.51.100.1', 0))
          if i % 10 == 9:
              time.sleep(0.01)
      """;

  @TempDir private Path folder;
  private RouterLab lab;

  @BeforeEach
  void build() throws Exception {
    String big =
        IntStream.range(0, 60)
            .mapToObj(i ->
                "local-data: 'big.gander-lab.org. 60 IN TXT \"" + "x".repeat(240) + i + "\"'\n")
            .collect(Collectors.joining());
    lab =
        new RouterLab(
            "t", folder.resolve("t"), "local-zone: \"big.gander-lab.org.\" static\n" + big);
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
  }

  /** By TCP alone. */
  private String ask(String server, String question) throws Exception {
    return lab.run("ip netns exec %c kdig +tcp +timeout=10 +retry=0 @" + server + " " + question);
  }

  private long counted(String counter) throws Exception {
    return lab.status().get("kernel") instanceof Map<?, ?> kernel
            && kernel.get(counter) instanceof Number count
        ? count.longValue()
        : -1;
  }

  private void expectAnswered(String server, String name) throws Exception {
    assertThat(ask(server, name + " A"))
        .contains("203.0.113.80")
        .contains("From " + server + "@53(TCP)");
  }

  @Test
  void aClientIsAnsweredFromTheAddressItAskedOverBothFamilies() throws Exception {
    lab.serve(configuration(""));
    expectAnswered(NOBODY, "a.example");
    expectAnswered(NOBODY_SIX, "b.example");
    assertThat(counted("tcp_segments")).isPositive();
    assertThat(counted("queries")).isZero();
    assertThat(counted("dropped_no_identity")).isZero();
    assertThat(counted("dropped_foreign")).isZero();
  }

  @Test
  void aLinkLocalClientIsAnswered() throws Exception {
    lab.serve(configuration(""));
    lab.must("ip -n %r addr add fe80::53:1/64 dev lan0 nodad");
    lab.must("ip -n %c addr add fe80::53:2/64 dev eth0 nodad");
    assertThat(ask("fe80::53:1%eth0", "a.example A")).contains("203.0.113.80");
  }

  @Test
  void rulesKnowWhoAsks() throws Exception {
    String mac = lab.run("ip netns exec %c cat /sys/class/net/eth0/address").strip();
    lab.serve(
        configuration(
            """
            sip(192.0.2.2) && qname(full: s.example) -> reject
            sip('2001:db8:1::2') && qname(full: six.example) -> reject
            iif(lan0) && qname(full: i.example) -> reject
            sip(192.0.2.3) && qname(full: other.example) -> reject
            mac('%s') && qname(full: m.example) -> reject
            """
                .formatted(mac)));
    for (String rejected : new String[] {"s", "i", "m"}) {
      assertThat(ask(NOBODY, rejected + ".example A"))
          .contains("NOERROR")
          .doesNotContain("203.0.113.80");
    }
    assertThat(ask(NOBODY_SIX, "six.example A")).contains("NOERROR").doesNotContain("203.0.113.80");
    expectAnswered(NOBODY, "six.example");
    expectAnswered(NOBODY_SIX, "s.example");
    expectAnswered(NOBODY, "other.example");
  }

  @Test
  void largeAnswersComeWhole() throws Exception {
    lab.serve(configuration("").replace("udp://", "tcp://"));
    for (String server : new String[] {NOBODY, NOBODY_SIX}) {
      assertThat(ask(server, "big.gander-lab.org TXT").lines().filter(line -> line.contains("xxx")))
          .hasSize(60);
    }
  }

  @Test
  void aTruncatedAnswerIsAskedForAgainByTcp() throws Exception {
    lab.serve(configuration("").replace("udp://", "tcp://"));
    assertThat(lab.ask(NOBODY, "big.gander-lab.org TXT +bufsize=512"))
        .contains("@53(TCP)")
        .contains("xxx");
  }

  @Test
  void pipelinedQueriesUnderReloadsAreAllAnswered() throws Exception {
    lab.serve(configuration(""));
    Path names = folder.resolve("names");
    Files.writeString(
        names,
        IntStream.range(0, 2000)
            .mapToObj(i -> "n" + i + ".example A\n")
            .collect(Collectors.joining()));
    for (String server : new String[] {NOBODY, NOBODY_SIX}) {
      Process load =
          lab.start(
              "ip netns exec %c dnsperf -m tcp -c 8 -q 200 -Q 2000 -l 3 -t 5 -s "
                  + server
                  + " -d "
                  + names,
              "dnsperf.log");
      Progress outcome = lab.reload(configuration("qname(full: x.example) -> reject"));
      assertThat(outcome.code()).as(outcome.text()).isEqualTo(Progress.Code.DONE);
      assertThat(load.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(lab.log("dnsperf")).contains("Queries lost:         0 (0.00%)");
      assertThat(lab.log("dnsperf")).contains("NOERROR");
    }
  }

  /** The listener keeps nothing of handshakes then, but what it sent tells who answers it. */
  @Test
  void connectionsAreMadeWhileSomebodySendsNothingButFirstSegments() throws Exception {
    lab.serve(configuration(""));
    Files.writeString(folder.resolve("flood.py"), FLOOD);
    lab.start("ip netns exec %c python3 " + folder.resolve("flood.py"), "flood.log");
    Eventually.holds(() -> counted("tcp_segments") > 2000);
    expectAnswered(NOBODY, "a.example");
    expectAnswered(NOBODY_SIX, "b.example");
    // What answers nothing that was sent from here is of a connection that is none of ours.
    long passed = counted("passed_tcp");
    lab.must("ip netns exec %c python3 " + folder.resolve("flood.py") + " 10 50");
    Eventually.holds(() -> counted("passed_tcp") >= passed + 50);
  }

  @Test
  void aLocalServiceKeepsItsClients() throws Exception {
    lab.serve(configuration("").replace("dns {", "dns {\n bind: 'tcp://192.0.2.1:53'"));
    expectAnswered("192.0.2.1", "a.example");
    assertThat(counted("tcp_segments")).isZero();
    assertThat(counted("passed_local_service")).isPositive();
    expectAnswered(NOBODY, "a.example");
  }

  @Test
  void whatWasBegunBeforeGoesOnAndWhatGanderServedEndsWithIt() throws Exception {
    Process before =
        lab.start(
            "ip netns exec %c dnsperf -m tcp -c 1 -Q 100 -l 300 -t 10 -s "
                + SERVER
                + " -d "
                + Files.writeString(folder.resolve("one"), "a.example A\n"),
            "before.log");
    Eventually.holds(() -> lab.run("ip netns exec %c ss -tn").contains("ESTAB"));
    Process daemon = lab.serve(configuration(""));
    Eventually.holds(() -> counted("passed_tcp") > 50);
    expectAnswered(NOBODY, "a.example");
    assertThat(before.isAlive()).isTrue();
    before.destroy();
    before.waitFor();
    daemon.destroyForcibly().waitFor();
    expectAnswered(SERVER, "a.example");
    assertThat(ask(NOBODY, "a.example A" + RouterLab.BRIEFLY)).doesNotContain("203.0.113.80");
  }
}
