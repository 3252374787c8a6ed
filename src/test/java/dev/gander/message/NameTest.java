package dev.gander.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NameTest {

  @ParameterizedTest
  @ValueSource(strings = {".", "org", "www.example.org", "a\\.b.example", "\\000\\255.x", "_dns.x"})
  void textSurvivesTheWayToTheWireAndBack(String text) {
    byte[] wire = Name.toWire(text);

    assertThat(Name.toText(wire, 0)).isEqualTo(text);
    assertThat(Name.length(wire, 0, wire.length)).isEqualTo(wire.length);
  }

  @Test
  void capitalsAreFoldedAndTheFinalDotDoesNotMatter() {
    assertThat(Name.toWire("WWW.Example.ORG.")).isEqualTo(Name.toWire("www.example.org"));
  }

  @ParameterizedTest
  @CsvSource({"a..b,empty label", ".a,empty label", "a\\25,wrong escape", "a\\999,wrong escape"})
  void whatIsNoNameIsRefused(String text, String reason) {
    assertThatThrownBy(() -> Name.toWire(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason)
        .hasMessageContaining(text);
  }

  @Test
  void labelsHave63BytesAndNames255() {
    String label = "a".repeat(63);
    String longest = label + "." + label + "." + label + "." + "a".repeat(61);

    assertThat(Name.toWire(longest)).hasSize(255);
    assertThatThrownBy(() -> Name.toWire(longest + "a")).hasMessageContaining("longer than 255");
    assertThatThrownBy(() -> Name.toWire(label + "a")).hasMessageContaining("over 63");
  }

  @Test
  void typesAreKnownByNameNumberAndGenericName() {
    assertThat(RecordType.code("aaaa")).isEqualTo(RecordType.AAAA);
    assertThat(RecordType.code("65")).isEqualTo(RecordType.HTTPS);
    assertThat(RecordType.code("type65280")).isEqualTo(65_280);
    assertThat(RecordType.code("TYPE65536")).isEqualTo(-1);
    assertThat(RecordType.code("nonsense")).isEqualTo(-1);
    assertThat(RecordType.text(RecordType.HTTPS)).isEqualTo("HTTPS");
    assertThat(RecordType.text(65_280)).isEqualTo("TYPE65280");
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "2001:db8::1", "::1", "255.255.255.255"})
  void addressesSurviveAsTwoLongs(String literal) {
    InetAddress address = InetAddress.ofLiteral(literal);
    Client client = new Client();
    client.setAsked(new InetSocketAddress(address, 53));

    assertThat(client.asked().getAddress()).isEqualTo(address);
    assertThat(client.askedIpv4()).isEqualTo(address.getAddress().length == 4);
    assertThat(client.copy().toString()).endsWith(":53 UDP");
  }

  @Test
  void rcodesAndErrorsCarryTheirRegistryNames() {
    assertThat(Rcode.of(3)).isEqualTo(Rcode.NXDOMAIN).hasToString("NXDOMAIN");
    assertThat(Rcode.of(4000)).hasToString("RCODE4000");
    assertThat(ExtendedError.of(22).text()).isEqualTo("no reachable authority");
    assertThat(ExtendedError.of(60_000)).isEqualTo(ExtendedError.OTHER);
    for (ExtendedError error : ExtendedError.values()) {
      assertThat(ExtendedError.of(error.code())).isEqualTo(error);
    }
  }
}
