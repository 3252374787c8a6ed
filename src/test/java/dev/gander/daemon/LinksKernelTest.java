package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients behind bridges and VLANs, over UDP and TCP, of both families. */
@Tag("kernel")
class LinksKernelTest {

  private static final List<String> NOBODY = List.of("198.51.100.53", "2001:db8:ffff::53");
  private static final List<String> ROUTER = List.of("192.0.2.1/24", "2001:db8:1::1/64");

  @TempDir private Path folder;
  private RouterLab lab;

  @BeforeEach
  void build() throws Exception {
    String strings = (" \"" + "x".repeat(200) + "\"").repeat(10);
    lab =
        new RouterLab(
            "k",
            folder.resolve("k"),
            """
              local-zone: "large.net." static
              local-data: 'large.net. 300 IN TXT%s'
            """
                .formatted(strings));
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
  }

  private void serve(String link) throws Exception {
    lab.serve(RouterLab.configuration("").replace("lan_interface: lan0", "lan_interface: " + link));
  }

  private void move(String namespace, String from, String to, List<String> addresses)
      throws Exception {
    lab.must("ip -n " + namespace + " addr flush dev " + from);
    lab.must("ip -n " + namespace + " link set " + to + " up");
    for (String address : addresses) {
      String nodad = address.indexOf(':') < 0 ? "" : " nodad";
      lab.must("ip -n " + namespace + " addr add " + address + " dev " + to + nodad);
    }
  }

  private void isServed() throws Exception {
    for (String server : NOBODY) {
      for (String transport : List.of("+notcp", "+tcp", "+notcp", "+notcp")) {
        assertThat(
                lab.run(
                    "ip netns exec %c kdig +timeout=10 +retry=1 "
                        + transport
                        + " @"
                        + server
                        + " www.example"))
            .as(transport + " " + server)
            .contains("203.0.113.80")
            .contains("From " + server + "@53");
      }
    }
    assertThat(counted("tcp_segments")).isPositive();
    assertThat(counted("kernel_fresh")).isPositive();
  }

  private long counted(String counter) throws Exception {
    Map<?, ?> kernel = (Map<?, ?>) Objects.requireNonNull(lab.status().get("kernel"));
    return kernel.get(counter) instanceof Long count ? count : 0;
  }

  @Test
  void behindABridge() throws Exception {
    lab.must("ip -n %r link add br0 type bridge");
    lab.must("ip -n %r link set lan0 master br0");
    move("%r", "lan0", "br0", ROUTER);
    serve("br0");
    isServed();
  }

  @Test
  void behindABridgesPort() throws Exception {
    lab.must("ip -n %r link add br0 type bridge");
    lab.must("ip -n %r link set lan0 master br0");
    move("%r", "lan0", "br0", ROUTER);
    serve("lan0");
    isServed();
  }

  @Test
  void behindATrunk() throws Exception {
    lab.tagTheClient();
    serve("lan0");
    isServed();
  }

  @Test
  void withASmallMtuAndSegmentsPutTogether() throws Exception {
    lab.must("ip -n %c link set eth0 mtu 1280");
    lab.must("ip -n %r link set lan0 mtu 1280");
    serve("lan0");
    isServed();
    assertThat(
            lab.run(
                "ip netns exec %c kdig +tcp +timeout=10 @" + NOBODY.getFirst() + " large.net TXT"))
        .as("2,000 bytes by segments of 1,280")
        .contains("status: NOERROR")
        .contains("x".repeat(200));
  }
}
