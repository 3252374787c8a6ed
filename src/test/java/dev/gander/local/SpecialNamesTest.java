package dev.gander.local;

import static dev.gander.local.LocalNamesTest.message;
import static dev.gander.local.LocalNamesTest.query;
import static dev.gander.local.LocalNamesTest.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.message.Answer;
import dev.gander.message.RecordType;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;

class SpecialNamesTest {

  private final LocalNames names = LocalNames.of(Map.of(), Optional.empty());

  @ParameterizedTest
  @CsvSource({
    "localhost, 1, A 127.0.0.1",
    "LocalHost, 28, AAAA 0:0:0:0:0:0:0:1",
    "a.b.localhost, 1, A 127.0.0.1",
    "localhost, 15, NOERROR localhost.",
    "x.localhost, 65, NOERROR localhost.",
    "invalid, 1, NOERROR invalid.",
    "a.invalid, 1, NXDOMAIN invalid.",
    "a.test, 28, NXDOMAIN test.",
    "abcdef.onion, 1, NXDOMAIN onion.",
    "printer.local, 1, NXDOMAIN local.",
    "gnu.alt, 1, NXDOMAIN alt.",
    "nas.home.arpa, 1, NXDOMAIN home.arpa.",
    "home.arpa, 6, SOA home.arpa. nobody.invalid. 1 3600 1200 604800 10800",
    "home.arpa, 2, NS home.arpa.",
    "use-application-dns.net, 1, NOERROR use-application-dns.net.",
    "_dns.resolver.arpa, 64, NOERROR resolver.arpa.",
    "x.resolver.arpa, 1, NOERROR resolver.arpa.",
    "5.1.168.192.in-addr.arpa, 12, NXDOMAIN 168.192.in-addr.arpa.",
    "1.0.0.10.in-addr.arpa, 12, NXDOMAIN 10.in-addr.arpa.",
    "1.0.31.172.in-addr.arpa, 12, NXDOMAIN 31.172.in-addr.arpa.",
    "1.0.127.100.in-addr.arpa, 12, NXDOMAIN 127.100.in-addr.arpa.",
    "1.0.0.127.in-addr.arpa, 12, PTR localhost.",
    "2.0.0.127.in-addr.arpa, 12, NXDOMAIN 127.in-addr.arpa.",
    "255.255.255.255.in-addr.arpa, 12, NOERROR 255.255.255.255.in-addr.arpa.",
    "1.d.f.ip6.arpa, 12, NXDOMAIN d.f.ip6.arpa.",
    "0.8.e.f.ip6.arpa, 12, NXDOMAIN 8.e.f.ip6.arpa.",
    "b.e.f.ip6.arpa, 12, NOERROR b.e.f.ip6.arpa.",
    "1.8.b.d.0.1.0.0.2.ip6.arpa, 12, NXDOMAIN 8.b.d.0.1.0.0.2.ip6.arpa.",
    "home.arpa, 43, ordinary",
    "10.in-addr.arpa, 43, ordinary",
    "onion, 43, NOERROR onion.",
    "example.org, 1, ordinary",
    "mylocal, 1, ordinary",
    "xlocalhost, 1, ordinary",
    "a.mytest, 1, ordinary",
    "1.0.0.172.in-addr.arpa, 12, ordinary",
    "1.0.32.172.in-addr.arpa, 12, ordinary",
    "1.0.0.11.in-addr.arpa, 12, ordinary",
    "1.0.63.100.in-addr.arpa, 12, ordinary",
    "arpa, 2, ordinary",
    "www.net, 1, ordinary",
  })
  void whatIsSaidOfASpecialName(String name, int type, String said) throws Exception {
    assertThat(special(name, type, false)).isEqualTo(said);
  }

  @Test
  void theLoopbackAddressesHaveTheirNames() throws Exception {
    String six = "1." + "0.".repeat(31) + "ip6.arpa";
    assertThat(special(six, RecordType.PTR, false)).isEqualTo("PTR localhost.");
    assertThat(special("0." + "0.".repeat(31) + "ip6.arpa", RecordType.PTR, false))
        .startsWith("NOERROR 0.0");
  }

  @Test
  void theRootIsOrdinary() {
    assertThat(names.special(query(".", RecordType.NS), false)).isNull();
  }

  @Test
  void aServerOfThisNetworkMayKnowItsNames() throws Exception {
    assertThat(special("5.1.168.192.in-addr.arpa", RecordType.PTR, true)).isEqualTo("ordinary");
    assertThat(special("nas.home.arpa", RecordType.A, true)).isEqualTo("ordinary");
    assertThat(special("printer.local", RecordType.A, true)).isEqualTo("ordinary");
    assertThat(special("localhost", RecordType.A, true)).isEqualTo("A 127.0.0.1");
    assertThat(special("x.onion", RecordType.A, true)).startsWith("NXDOMAIN");
    assertThat(special("_dns.resolver.arpa", 64, true)).startsWith("NOERROR");
  }

  @Test
  void theSoaIsThatOfRfc6303() throws Exception {
    Answer answer = names.special(query("x.test", RecordType.A), false);
    SOARecord soa =
        (SOARecord)
            message(answer, "x.test", RecordType.A).getSection(Section.AUTHORITY).getFirst();
    assertThat(soa.getTTL()).isEqualTo(10_800);
    assertThat(soa.rdataToString()).isEqualTo("test. nobody.invalid. 1 3600 1200 604800 10800");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "127.0.0.53",
        "169.254.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "0.0.0.0",
        "::",
        "::1",
        "fe80::1",
        "febf::1",
        "fc00::1",
        "fd12::1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "64:ff9b::c0a8:101",
        "fec0::1"
      })
  void privateAddresses(String address) {
    assertThat(PrivateAddresses.contain(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9.9.9.9",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.1.1",
        "100.63.255.255",
        "100.128.0.0",
        "169.253.0.1",
        "11.0.0.0",
        "128.0.0.1",
        "1.0.0.0",
        "2001:db8::1",
        "fbff::1",
        "fe00::1",
        "ff02::1",
        "64:ff9b::808:808",
        "2620:fe::fe",
        "::ffff:8.8.8.8"
      })
  void publicAddresses(String address) {
    assertThat(PrivateAddresses.contain(InetAddress.ofLiteral(address))).isFalse();
  }

  private String special(String name, int type, boolean inside) throws IOException {
    Answer answer = names.special(query(name, type), inside);
    return answer == null ? "ordinary" : text(message(answer, name, type));
  }
}
