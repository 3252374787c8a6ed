package dev.gander.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceBindingTest {

  /** Priority 1, target {@code a.b}. */
  private static final String TO_A_B = "0001 0161 0162 00 ";

  @Test
  void everyParameterIsRead() throws Exception {
    String alpn = "0001 0007 03646f74 026832 ";
    String port = "0003 0002 2151 ";
    String four = "0004 0008 c0000201 c0000202 ";
    String six = "0006 0010 20010db8000000000000000000000001 ";
    String path = "0007 0008 2f717b3f646e737d";
    assertThat(read(TO_A_B + alpn + port + four + six + path))
        .containsExactly(
            new ServiceBinding(
                1,
                "a.b",
                List.of("dot", "h2"),
                OptionalInt.of(8529),
                List.of(
                    InetAddress.ofLiteral("192.0.2.1"),
                    InetAddress.ofLiteral("192.0.2.2"),
                    InetAddress.ofLiteral("2001:db8::1")),
                Optional.of("/q{?dns}"),
                true));
  }

  @Test
  void whatIsMandatoryAndNotKnownIsNotUnderstood() throws Exception {
    assertThat(read("0001 00 0000 0002 ff78 ff78 0000").getFirst().understood()).isFalse();
    assertThat(read("0001 00 0000 0002 0003 0003 0002 0355").getFirst().understood()).isTrue();
  }

  @Test
  void anAliasHasNoParameters() throws Exception {
    ServiceBinding alias = read("0000 0161 0162 00").getFirst();
    assertThat(alias.priority()).isEqualTo(ServiceBinding.ALIAS);
    assertThat(alias.alpn()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00",
        "0001",
        "0001 c00c",
        "0001 0161",
        "0001 00 0003",
        "0001 00 0003 0003 0355",
        "0001 00 0003 0001 03",
        "0001 00 0003 0002 0355 0003 0002 0355",
        "0001 00 0003 0002 0355 0001 0004 03646f74",
        "0001 00 0001 0002 0364",
        "0001 00 0001 0001 00",
        "0001 00 0004 0003 c00002",
        "0001 00 0004 0000",
        "0001 00 0006 0004 c0000201",
        "0001 00 0000 0002 0003",
        "0001 00 0000 0001 00",
        "0001 00 0000 0002 0000"
      })
  void whatIsMalformedIsRefused(String data) {
    assertThatThrownBy(() -> read(data)).isInstanceOf(MalformedMessageException.class);
  }

  private static List<ServiceBinding> read(String data) throws MalformedMessageException {
    byte[] bytes = HexFormat.of().parseHex(data.replace(" ", ""));
    return ServiceBinding.of(
        AnswerBuilder.of(Rcode.NOERROR)
            .answer(AnswerBuilder.asked(), RecordType.SVCB, 300, bytes)
            .build());
  }
}
