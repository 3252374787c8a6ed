package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.proxy.PeerProcess;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Upstreams that traffic rules send through real proxies. The name server tells clients apart by
 * the address they come from: microsocks leaves by one of its own.
 */
class ExitsDaemonTest {

  private static final String DIRECT = "127.0.0.1";

  @TempDir Path folder;

  private final int net = ThreadLocalRandom.current().nextInt(1, 250);
  private final InetSocketAddress address =
      new InetSocketAddress(InetAddress.ofLiteral("127.78." + net + ".1"), 5300);
  private final String outOfOne = "127.78." + net + ".11";
  private final String outOfTwo = "127.78." + net + ".12";
  private final List<PeerProcess> proxies = new ArrayList<>();
  private NamingServer server;

  @BeforeEach
  void aNameServer() throws Exception {
    server = new NamingServer();
  }

  @AfterEach
  void stop() throws Exception {
    proxies.forEach(PeerProcess::close);
    server.close();
  }

  @Test
  void theServersAddressDecidesAndTheClientToo() throws Exception {
    int one = microsocks(outOfOne);
    String rules =
        """
        sip(127.78.%d.99) && dip(127.0.0.1) -> direct
        dip(127.0.0.1) && l4proto(tcp) -> proxy
        """
            .formatted(net);
    String nodes = "one: 'socks5://127.0.0.1:" + one + "'";
    try (RunningDaemon _ = start(nodes, "policy: min", rules)) {
      // What one client is told by one exit is not what the other is told by the other.
      for (int i = 0; i < 2; i++) {
        assertThat(whoAsked("a.example")).isEqualTo(outOfOne);
        assertThat(Kdig.ask(address, "-b", "127.78." + net + ".99", "+short", "a.example").strip())
            .isEqualTo(DIRECT);
      }
    }
  }

  @Test
  void aNodeThatDiesUnderwayCostsNoQuery() throws Exception {
    int one = microsocks(outOfOne);
    int two = microsocks(outOfTwo);
    String nodes = "one: 'socks5://127.0.0.1:%d'\ntwo: 'socks5://127.0.0.1:%d'".formatted(one, two);
    try (RunningDaemon _ = start(nodes, "policy: hedge", "dip(127.0.0.1) -> proxy")) {
      assertThat(whoAsked("first.example")).isIn(outOfOne, outOfTwo);
      proxies.getFirst().close();
      for (int i = 0; i < 20; i++) {
        assertThat(whoAsked("name" + i + ".example")).isEqualTo(outOfTwo);
      }
    }
  }

  @Test
  @Tag("kernel")
  void whatARuleMarksLeavesFromTheAddressOfTheMark() throws Exception {
    String mine = "127.78." + net + ".21";
    String configuration =
        configuration(
                "", "policy: min", "dip(127.0.0.1) && sip(127.78.%d.99) -> direct(mark: 0x21)")
            .formatted(net)
            .replace("global {", "global { bind_by_mark: '0x21: " + mine + "', '0x22: lo'");
    try (RunningDaemon _ = RunningDaemon.start(folder, configuration)) {
      assertThat(whoAsked("a.example")).isEqualTo(DIRECT);
      assertThat(Kdig.ask(address, "-b", "127.78." + net + ".99", "+short", "a.example").strip())
          .isEqualTo(mine);
    }
  }

  @Test
  void twoHopsOneBehindTheOther() throws Exception {
    int one = microsocks(outOfOne);
    int two = microsocks(outOfTwo);
    String nodes = "both: 'socks5://127.0.0.1:%d -> socks5://127.0.0.1:%d'".formatted(one, two);
    try (RunningDaemon _ = start(nodes, "policy: fixed(0)", "dip(127.0.0.1) -> proxy")) {
      assertThat(whoAsked("a.example")).isEqualTo(outOfTwo);
    }
  }

  @Test
  void whatIsBlockedAndAGroupWithoutAWayFailAtOnceAndSayWhy() throws Exception {
    try (RunningDaemon running =
        start("", "policy: min", "dip(127.0.0.1) && dport(%d) -> block".formatted(server.port()))) {
      assertThat(Kdig.ask(address, "+edns", "a.example"))
          .contains("SERVFAIL", "Prohibited", "blocks the way to");
      running.reload(configuration("", "policy: min", "dip(127.0.0.1) -> proxy"));
      assertThat(Kdig.ask(address, "+edns", "b.example"))
          .contains("SERVFAIL", "group 'proxy' has no node");
    }
  }

  private String whoAsked(String name) throws Exception {
    return Kdig.ask(address, "+short", name).strip();
  }

  private RunningDaemon start(String nodes, String group, String rules) throws Exception {
    return RunningDaemon.start(folder, configuration(nodes, group, rules));
  }

  private String configuration(String nodes, String group, String rules) {
    return """
    global { udp_check_dns: '127.0.0.1:%d' }
    node { %s }
    group { proxy { %s } }
    dns {
      bind: 'udp://%s:%d'
      upstream { it: 'tcp://127.0.0.1:%d' }
      routing { request { fallback: it } }
    }
    routing {
      %s
      fallback: direct
    }
    """
        .formatted(
            server.port(),
            nodes,
            group,
            address.getAddress().getHostAddress(),
            address.getPort(),
            server.port(),
            rules);
  }

  /** Starts a proxy that leaves by {@code out}; its port. */
  private int microsocks(String out) throws Exception {
    int port = PeerProcess.freePort();
    proxies.add(
        PeerProcess.start(
            List.of("microsocks", "-i", "127.0.0.1", "-p", "" + port, "-b", out), folder, port));
    return port;
  }
}
