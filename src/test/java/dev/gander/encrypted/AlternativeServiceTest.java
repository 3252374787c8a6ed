package dev.gander.encrypted;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.FakeClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlternativeServiceTest {

  private final FakeClock clock = new FakeClock();
  private final AtomicInteger told = new AtomicInteger();
  private final AlternativeService service = new AlternativeService("dns.test", clock);

  @BeforeEach
  void listen() {
    service.whenOffered(told::incrementAndGet);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          h3=":443"                                          | 443
          h3=":443"; ma=86400                                | 443
          h3="dns.test:8443"; ma=60; persist=1               | 8443
          h3="DNS.test:8443"                                 | 8443
          h3-29=":1"; ma=1, h2="x.test:2", h3=":444"         | 444
          h2=":1";x="a,h3=b;c", h3=":445"; ma="60"           | 445
          h3=":446" ; ma=60,h3=":447"                        | 446
          h3="other.test:443"                                | 0
          h3="other.test:443", h3=":448"                     | 448
          h3=":0"                                            | 0
          h3=":65536"                                        | 0
          h3=":443"; ma=0                                    | 0
          h3=443                                             | 0
          h3-29=":443"                                       | 0
          clear                                              | 0
          """)
  void believesInHttp3OnTheSameHostOnly(String header, int port) {
    service.heard(header);
    assertThat(service.offeredPort()).isEqualTo(port);
    assertThat(told).hasValue(port == 0 ? 0 : 1);
  }

  @Test
  void anOfferEndsWithItsTimeUnlessItIsMadeAgain() {
    service.heard("h3=\":443\"; ma=100");
    clock.advance(Duration.ofSeconds(99));
    service.heard("h3=\":443\"; ma=100");
    clock.advance(Duration.ofSeconds(99));
    assertThat(service.offeredPort()).isEqualTo(443);
    clock.advance(Duration.ofSeconds(1));
    assertThat(service.offeredPort()).isZero();
  }

  @Test
  void anOfferThatIsTakenBackIsGone() {
    service.heard("h3=\":443\"");
    service.heard("");
    assertThat(service.offeredPort()).isEqualTo(443);
    service.heard("clear");
    assertThat(service.offeredPort()).isZero();
  }

  @Test
  void whatDidNotHoldIsTriedAgainAfterAMinute() {
    service.heard("h3=\":443\"");
    service.failed();
    for (int i = 0; i < 59; i++) {
      service.heard("h3=\":443\"");
      clock.advance(Duration.ofSeconds(1));
      assertThat(service.port()).isZero();
    }
    assertThat(told).hasValue(1);
    clock.advance(Duration.ofSeconds(1));
    assertThat(service.port()).isEqualTo(443);
    service.heard("h3=\":443\"");
    assertThat(told).hasValue(2);
  }
}
