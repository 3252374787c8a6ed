package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.forward.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Between gander and its upstream one packet of twenty is lost, each way: no question is. */
@Tag("kernel")
class PacketLossKernelTest {

  private static final String SERVER = "203.0.113.53";
  private static final String NOBODY = "198.51.100.53";
  private static final int QUESTIONS = 600;

  @TempDir private Path folder;
  private RouterLab lab;

  @BeforeEach
  void build() throws Exception {
    TestCertificates certificates = new TestCertificates(folder);
    TestCertificates.write(
        certificates.good, folder.resolve("server.pem"), folder.resolve("server.key"));
    lab =
        new RouterLab(
            "l",
            folder,
            """
              interface: 203.0.113.53@853
              interface: 203.0.113.53@443
              tls-port: 853
              https-port: 443
              tls-service-pem: "%1$s/server.pem"
              tls-service-key: "%1$s/server.key"
            """
                .formatted(folder));
    lab.start(
        "ip netns exec %i target/peers/bin/python src/test/peers/quic_server.py "
            + folder.resolve("server.pem")
            + " "
            + folder.resolve("server.key")
            + " 8853 4433 "
            + SERVER,
        "quic.log");
    Eventually.holds(() -> lab.log("quic").startsWith("ready"));
  }

  @AfterEach
  void remove() throws Exception {
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "udp://" + SERVER,
        "tcp://" + SERVER,
        "tls://" + SERVER + "?ca=authority.pem&sni=dns.test",
        "https://" + SERVER + "?ca=authority.pem&sni=dns.test",
        "h3://" + SERVER + ":4433?ca=authority.pem&sni=dns.test",
        "quic://" + SERVER + ":8853?ca=authority.pem&sni=dns.test"
      })
  void noQuestionIsLostWhereOnePacketOfTwentyIs(String upstream) throws Exception {
    loseOneOfTwenty("%r", "wan0");
    loseOneOfTwenty("%i", "eth0");
    lab.serve(RouterLab.configuration("").replace("udp://" + SERVER + ":53", upstream));
    Path names = folder.resolve("names");
    Files.writeString(
        names,
        IntStream.range(0, QUESTIONS)
            .mapToObj(i -> "n" + i + ".example A\n")
            .collect(Collectors.joining()));
    Process load =
        lab.start(
            "ip netns exec %c dnsperf -s "
                + NOBODY
                + " -d "
                + names
                + " -n 1 -Q 100 -t 6 -q 500 -b 4096",
            "dnsperf.log");
    assertThat(load.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(lab.log("dnsperf"))
        .contains("Queries lost:         0 (0.00%)")
        .contains("NOERROR " + QUESTIONS + " (100.00%)");
    for (String namespace : List.of("%r", "%i")) {
      String rules = lab.run("ip netns exec " + namespace + " nft list table inet loss");
      assertThat(rules).contains("counter packets ").doesNotContain("counter packets 0 ");
    }
  }

  private void loseOneOfTwenty(String namespace, String device) throws Exception {
    String nft = "ip netns exec " + namespace + " nft add ";
    lab.must(nft + "table inet loss");
    lab.must(nft + "chain inet loss in { type filter hook input priority 0 ; }");
    lab.must(
        nft
            + "rule inet loss in iifname "
            + device
            + " meta l4proto { tcp, udp } numgen random mod 20 0 counter drop");
  }
}
