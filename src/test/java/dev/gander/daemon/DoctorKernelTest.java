package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gander doctor} in a router that is well, and in one with every ailment. */
@Tag("kernel")
class DoctorKernelTest {

  private static final String CONFIGURATION =
      RouterLab.configuration("")
          .replace("lan_interface: lan0", "lan_interface: lan0 wan_interface: wan0")
          .replace("dns {", "dns { query_timeout: 2s");

  @TempDir private Path folder;
  private RouterLab lab;

  @BeforeEach
  void build() throws Exception {
    lab =
        new RouterLab(
            "o",
            folder.resolve("o"),
            """
              local-zone: "." transparent
              local-data: ". 300 IN NS ns.example."
            """);
    lab.must("ip -n %r route add default via 203.0.113.53");
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
  }

  /** Does every kernel parameter's remedy as it is told. */
  private void mend(String findings) throws Exception {
    for (String line : findings.lines().toList()) {
      if (line.strip().startsWith("sysctl -w ")) {
        lab.must("ip netns exec %r " + line.strip().split(" {4}#", 2)[0]);
      }
    }
  }

  @Test
  void itsRemediesMendAndADaemonThatRunsIsAskedItself() throws Exception {
    lab.must("ip netns exec %r sysctl -qw net.ipv4.ip_forward=0");
    String before = lab.examine(CONFIGURATION);
    assertThat(before)
        .contains("warning  parameters    net/ipv4/conf/lan0/forwarding is 0: ")
        .contains("warning  daemon        no gander runs")
        .contains("ok       interface     lan0 is up, MTU 1500")
        .contains("ok       upstream      it (udp) answers in ")
        .contains("ok       libbpf ")
        .contains("0 wrong, ")
        .endsWith("status 0");
    mend(before);
    lab.serve(CONFIGURATION);
    assertThat(lab.examine(CONFIGURATION))
        .contains("ok       daemon        process ")
        .contains("ok       parameters    kernel parameters are as they must be")
        .contains("ok       upstream      it (udp) answers in ")
        .contains("0 wrong, 0 warnings, ")
        .endsWith("status 0");
    assertThat(lab.log("run")).doesNotContain("check");
  }

  @Test
  void everyAilmentIsNamedWithItsRemedy() throws Exception {
    lab.must("ip -n %r link add dae0 type bridge");
    lab.must("ip -n %r link add br9 type bridge");
    lab.must("ip -n %r link set lan0 master br9");
    lab.must("tc -n %r qdisc add dev lan0 clsact");
    Path accept = Files.writeString(folder.resolve("accept.bpf"), "1,6 0 0 0");
    lab.must("tc -n %r filter add dev lan0 ingress bpf bytecode-file " + accept);
    lab.must("ip netns exec %r nft add table inet t");
    lab.must("ip netns exec %r nft add chain inet t out { type filter hook output priority 0 ; }");
    lab.must("ip netns exec %r nft add rule inet t out meta l4proto { tcp, udp } th dport 53 drop");
    Path resolver =
        Files.writeString(
            folder.resolve("resolver.py"),
            """
            import socket, time
            taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            taken.bind(("192.0.2.1", 53))
            time.sleep(600)
            """);
    Process other = lab.start("ip netns exec %r python3 " + resolver, "resolver.log");
    Eventually.holds(
        () -> lab.run("ip netns exec %r cat /proc/net/udp").contains(":0035 ") && other.isAlive());
    String findings = lab.examine(CONFIGURATION);
    assertThat(findings)
        .contains("wrong    programs      there is an interface dae0 which is not gander's")
        .contains("ip link delete dae0")
        .contains("lan0 is a port of the bridge br9")
        .contains("lan0 ingress: other programs see packets, too: handle 1")
        .contains(
            "wrong    firewall      table inet t chain out: meta l4proto { tcp, udp } th dport 53 drop")
        .contains("(pid " + other.pid() + ") answers port 53 of this machine's addresses")
        .contains("global { hijack_local_dns: true }")
        .contains("wrong    upstream      it (udp) does not answer: ")
        .endsWith("status 1");
  }
}
