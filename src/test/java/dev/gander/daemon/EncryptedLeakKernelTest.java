package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.forward.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every packet that leaves the router is counted: plain DNS goes to the bootstrap resolver only.
 */
@Tag("kernel")
class EncryptedLeakKernelTest {

  @TempDir Path folder;

  @Test
  void theNameOfAnEncryptedUpstreamIsAskedOfTheBootstrapResolverAndNobodyElse() throws Exception {
    TestCertificates certificates = new TestCertificates(folder);
    TestCertificates.write(
        certificates.good, folder.resolve("server.pem"), folder.resolve("server.key"));
    try (RouterLab lab = new RouterLab("e", folder)) {
      lab.run("ip -n %i addr add 203.0.113.80/24 dev eth0");
      startTlsServer(lab);
      lab.run("ip netns exec %r nft add table inet watch");
      lab.run(
          "ip netns exec %r nft add chain inet watch out { type filter hook output priority 0 ; }");
      lab.run("ip netns exec %r nft add rule inet watch out oifname lo accept");
      lab.run(
          "ip netns exec %r nft add rule inet watch out ip daddr 203.0.113.53 th dport 53"
              + " counter accept comment bootstrap");
      lab.run("ip netns exec %r nft add rule inet watch out th dport 53 counter comment leak");
      lab.run(
          "ip netns exec %r nft add rule inet watch out ip daddr 203.0.113.80 tcp dport 853"
              + " counter comment encrypted");
      lab.serve(
          """
          global {
            lan_interface: lan0
            bootstrap_resolver: '203.0.113.53:53'
          }
          dns {
            upstream { it: 'tls://dot.example?ca=authority.pem' }
            routing { request { fallback: it } }
          }
          routing { fallback: direct }
          """);
      for (int i = 0; i < 20; i++) {
        assertThat(lab.ask("198.51.100.53", "name" + i + ".secret.")).contains("192.0.2.99");
      }
      String rules = lab.run("ip netns exec %r nft list table inet watch");
      assertThat(packets(rules, "leak")).as(rules).isZero();
      assertThat(packets(rules, "bootstrap")).as(rules).isPositive();
      assertThat(packets(rules, "encrypted")).as(rules).isPositive();
    }
  }

  private void startTlsServer(RouterLab lab) throws Exception {
    Path configuration = folder.resolve("tls.conf");
    Files.writeString(
        configuration,
        """
        server:
          interface: 203.0.113.80@853
          tls-service-key: "%1$s/server.key"
          tls-service-pem: "%1$s/server.pem"
          access-control: 0.0.0.0/0 allow
          do-daemonize: no
          username: ""
          chroot: ""
          pidfile: ""
          use-syslog: no
          local-zone: "secret." redirect
          local-data: "secret. 300 IN A 192.0.2.99"
        remote-control:
          control-enable: no
        """
            .formatted(folder));
    lab.start("ip netns exec %i unbound -d -c " + configuration, "tls.log");
    Eventually.holds(() ->
        lab.run("ip netns exec %i kdig +tls +timeout=1 +retry=0 @203.0.113.80 a.secret A")
            .contains("192.0.2.99"));
  }

  private static long packets(String rules, String comment) {
    return rules
        .lines()
        .filter(line -> line.contains("comment \"" + comment + "\""))
        .map(line -> line.replaceAll(".*packets (\\d+).*", "$1"))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(-1);
  }
}
