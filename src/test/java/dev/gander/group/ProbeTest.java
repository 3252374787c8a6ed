package dev.gander.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.config.Settings;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'http://cp.example,1.1.1.1,2606:4700::1'    ; /1.1.1.1:80 [TCP4] / | /[2606:4700:0:0:0:0:0:1]:80 [TCP6] /",
        "'https://cp.example/generate_204?a=b,1.1.1.1'; /1.1.1.1:443 [TCP4] /generate_204?a=b",
        "'http://cp.example:8080/x,1.1.1.1,1.0.0.1'  ; /1.1.1.1:8080 [TCP4] /x",
        "'http://192.0.2.1:99'                       ; /192.0.2.1:99 [TCP4] /",
        "'http://[2001:db8::1]'                      ; /[2001:db8:0:0:0:0:0:1]:80 [TCP6] /",
        "'http://cp.example'                         ; cp.example/<unresolved>:80 [TCP4, TCP6] /",
      })
  void aUrlIsFetchedFromEachFamilyThatIsWritten(String url, String expected) {
    List<String> seen =
        probes("tcp_check_url: '" + url + "'").stream()
            .filter(Probe.Http.class::isInstance)
            .map(Probe.Http.class::cast)
            .map(it -> it.target() + " " + it.uses() + " " + it.path())
            .toList();

    assertThat(String.join(" | ", seen)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'dns.example:53,8.8.8.8,2001:db8::8' ; /8.8.8.8:53 [UDP4, DNS_UDP4] udp"
            + " | /[2001:db8:0:0:0:0:0:8]:53 [UDP6, DNS_UDP6] udp"
            + " | /8.8.8.8:53 [DNS_TCP4] tcp | /[2001:db8:0:0:0:0:0:8]:53 [DNS_TCP6] tcp",
        "'192.0.2.1:5353'   ; /192.0.2.1:5353 [UDP4, DNS_UDP4] udp | /192.0.2.1:5353 [DNS_TCP4] tcp",
        "'dns.example'      ; dns.example/<unresolved>:53 [UDP4, UDP6, DNS_UDP4, DNS_UDP6] udp"
            + " | dns.example/<unresolved>:53 [DNS_TCP4, DNS_TCP6] tcp",
      })
  void aResolverIsAskedOverUdpAndTcpByEachFamilyThatIsWritten(String dns, String expected) {
    List<String> seen =
        probes("udp_check_dns: '" + dns + "'").stream()
            .filter(Probe.Dns.class::isInstance)
            .map(Probe.Dns.class::cast)
            .map(it -> it.target() + " " + it.uses() + (it.tcp() ? " tcp" : " udp"))
            .toList();

    assertThat(String.join(" | ", seen)).isEqualTo(expected);
  }

  private static List<Probe> probes(String text) {
    Settings settings = TestGroups.settings("group { g { policy: min " + text + " } }");
    return Probe.of(CheckTerms.of(settings.global(), settings.groups().getFirst().check()));
  }
}
