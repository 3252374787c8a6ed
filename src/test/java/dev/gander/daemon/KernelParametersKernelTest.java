package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code auto_config_kernel_parameter} in a router that forwards nothing and filters by reverse
 * path: what crosses it, and what is left when gander is gone.
 */
@Tag("kernel")
class KernelParametersKernelTest {

  private static final String EVERYWHERE =
      """
        interface: 203.0.113.53@5301
        interface: 2001:db8:2::53@5301
        access-control: ::/0 allow
      """;

  @TempDir private Path folder;
  private RouterLab lab;
  private String before;

  @BeforeEach
  void build() throws Exception {
    lab = new RouterLab("p", folder.resolve("p"), EVERYWHERE);
    lab.must("ip netns exec %r sysctl -qw net.ipv4.ip_forward=0");
    lab.must("ip -n %r route add default via 203.0.113.53");
    lab.must("ip -n %i -6 route add default via 2001:db8:2::1");
    for (String scope : List.of("all", "default", "lan0", "wan0")) {
      set("net.ipv4.conf." + scope + ".rp_filter=1");
    }
    before = parameters();
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
  }

  private void set(String assignment) throws Exception {
    lab.must("ip netns exec %r sysctl -qw " + assignment);
  }

  private String get(String parameter) throws Exception {
    return lab.run("ip netns exec %r sysctl -n " + parameter).strip();
  }

  /** All of every interface's but dae0's. */
  private String parameters() throws Exception {
    return lab.run("ip netns exec %r sysctl -a --pattern ^net.ipv[46].conf")
        .lines()
        .filter(line -> line.startsWith("net.") && !line.contains(".dae0."))
        .filter(line -> !line.contains(".nf_"))
        .collect(Collectors.joining("\n"));
  }

  private static String configuration(String... keys) {
    return RouterLab.configuration("")
        .replace("lan_interface: lan0", "lan_interface: 'lan*' " + String.join(" ", keys));
  }

  private static final String AUTO = "auto_config_kernel_parameter: true";

  private boolean crosses(String server) throws Exception {
    return lab.run("ip netns exec %c kdig -p 5301 +timeout=1 +retry=1 @" + server + " a.example A")
        .contains("203.0.113.80");
  }

  private void expectForwarding(boolean wanted) throws Exception {
    assertThat(crosses("203.0.113.53")).as("IPv4 crosses").isEqualTo(wanted);
    assertThat(crosses("2001:db8:2::53")).as("IPv6 crosses").isEqualTo(wanted);
  }

  private static void end(Process daemon) throws Exception {
    daemon.destroy();
    assertThat(daemon.waitFor()).isZero();
  }

  @Test
  void aGatewayForwardsWhileGanderRunsAndIsAsBeforeAfterwards() throws Exception {
    expectForwarding(false);
    Process daemon = lab.serve(configuration(AUTO));
    Eventually.holds(() -> get("net.ipv4.conf.lan0.send_redirects").equals("0"));
    expectForwarding(true);
    assertThat(get("net.ipv4.conf.all.send_redirects")).isEqualTo("0");
    assertThat(get("net.ipv4.ip_forward")).as("only where it is needed").isEqualTo("0");
    assertThat(get("net.ipv6.conf.lan0.forwarding")).isEqualTo("1");
    end(daemon);
    assertThat(parameters()).isEqualTo(before);
    expectForwarding(false);
  }

  @Test
  void withoutTheKeyNothingIsTouchedAndStrictReversePathsAreNoHindrance() throws Exception {
    lab.serve(configuration("wan_interface: wan0"));
    assertThat(parameters()).isEqualTo(before);
    for (String server : List.of("198.51.100.53", "2001:db8:ffff::53")) {
      assertThat(lab.ask(server, "a.example")).contains("203.0.113.80");
      assertThat(lab.ask(server, "a.example +tcp")).contains("203.0.113.80");
    }
    assertThat(lab.run("ip netns exec %r kdig @198.51.100.53 b.example"))
        .contains("203.0.113.80")
        .contains("From 198.51.100.53@53(UDP)");
    assertThat(lab.run("ip netns exec %r kdig +tcp @198.51.100.53 b.example"))
        .contains("203.0.113.80");
  }

  @Test
  void aStartAfterAKillPutsBackWhatWasThereBeforeTheFirst() throws Exception {
    for (int i = 0; i < 2; i++) {
      Process daemon = lab.serve(configuration(AUTO));
      Eventually.holds(() -> get("net.ipv4.conf.lan0.send_redirects").equals("0"));
      daemon.destroyForcibly().waitFor();
      assertThat(parameters()).isNotEqualTo(before);
    }
    lab.serve(configuration());
    Eventually.holds(() -> parameters().equals(before));
    assertThat(lab.runtimeDirectory().resolve("gander.parameters")).doesNotExist();
  }

  @Test
  void aReloadFollowsTheKeyAndInterfacesThatComeGetTheirs() throws Exception {
    lab.serve(configuration());
    lab.reload(configuration(AUTO));
    expectForwarding(true);
    lab.must("ip -n %r link add lan9 type bridge");
    Eventually.holds(() ->
        get("net.ipv4.conf.lan9.forwarding").equals("1")
            && get("net.ipv4.conf.lan9.send_redirects").equals("0"));
    lab.must("ip -n %r link set lan9 name other9");
    Eventually.holds(() -> get("net.ipv4.conf.other9.forwarding").equals("0"));
    lab.must("ip -n %r link delete other9");
    lab.reload(configuration());
    assertThat(parameters()).isEqualTo(before);
  }

  @Test
  void whatSomebodyElseTurnedOnForAllStaysOn() throws Exception {
    Process daemon = lab.serve(configuration(AUTO));
    Eventually.holds(() -> get("net.ipv4.conf.lan0.send_redirects").equals("0"));
    set("net.ipv4.ip_forward=1"); // as a container engine does
    end(daemon);
    assertThat(crosses("203.0.113.53")).isTrue();
    assertThat(get("net.ipv4.conf.lan0.send_redirects")).isEqualTo("1");
  }

  @Test
  void withHooksThatAreKeptAllIsKeptAndTheNextStartKnowsWhatWas() throws Exception {
    end(lab.serve(configuration(AUTO, "on_exit: keep")));
    expectForwarding(true);
    end(lab.serve(configuration(AUTO)));
    assertThat(parameters()).isEqualTo(before);
  }

  @Test
  void routesThatAdvertisementsBroughtStay() throws Exception {
    Path advertise =
        Files.writeString(
            folder.resolve("advertise.py"),
            """
            import socket, struct
            out = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
            out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            index = socket.if_nametoindex("eth0")
            out.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0), ("ff02::1", 0, 0, index))
            """);
    String send = "ip netns exec %i python3 " + advertise;
    Eventually.holds(() -> {
      lab.must(send);
      return lab.run("ip -n %r -6 route show default").contains("proto ra");
    });
    Process daemon = lab.serve(configuration(AUTO));
    Eventually.holds(() -> get("net.ipv4.conf.lan0.send_redirects").equals("0"));
    assertThat(lab.run("ip -n %r -6 route show default")).contains("proto ra");
    lab.must("ip -n %r -6 route flush proto ra");
    Eventually.holds(() -> {
      lab.must(send);
      return lab.run("ip -n %r -6 route show default").contains("proto ra");
    });
    end(daemon);
    assertThat(get("net.ipv6.conf.wan0.accept_ra")).isEqualTo("1");
    assertThat(lab.run("ip -n %r -6 route show default")).contains("proto ra");
  }
}
