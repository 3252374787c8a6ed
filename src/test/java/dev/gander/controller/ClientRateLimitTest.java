package dev.gander.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.FakeClock;
import dev.gander.config.DnsSettings.RateLimit;
import dev.gander.config.DnsSettings.RateLimitAnswer;
import dev.gander.controller.ClientRateLimit.Verdict;
import dev.gander.message.Client;
import dev.gander.observe.Counters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClientRateLimitTest {

  private final FakeClock clock = new FakeClock();
  private final ClientRateLimit limit = limit(10, ClientRateLimit.CLIENTS);

  @Test
  void aClientMayAskASecondsWorthAtOnceAndThenAtTheRate() {
    assertThat(within("192.0.2.1", 25)).isEqualTo(10);
    clock.advance(Duration.ofMillis(99));
    assertThat(within("192.0.2.1", 5)).isZero();
    clock.advance(Duration.ofMillis(1));
    assertThat(within("192.0.2.1", 5)).isEqualTo(1);
    clock.advance(Duration.ofMillis(500));
    assertThat(within("192.0.2.1", 9)).isEqualTo(5);
    clock.advance(Duration.ofHours(1));
    assertThat(within("192.0.2.1", 25)).isEqualTo(10);
  }

  @Test
  void askingBeyondTheLimitCostsNothingLater() {
    within("192.0.2.1", 1000);
    clock.advance(Duration.ofSeconds(1));
    assertThat(within("192.0.2.1", 25)).isEqualTo(10);
  }

  @Test
  void addressesCountEachAndIpv6BySixtyFourBits() {
    assertThat(within("192.0.2.1", 10)).isEqualTo(10);
    assertThat(within("192.0.2.2", 10)).isEqualTo(10);
    assertThat(within("2001:db8::1", 6)).isEqualTo(6);
    assertThat(within("2001:db8::ffff", 6)).isEqualTo(4);
    assertThat(within("2001:db8:0:1::1", 10)).isEqualTo(10);
  }

  @Test
  void prefixesMayBeOtherOnes() {
    ClientRateLimit wide =
        new ClientRateLimit(
            new RateLimit(10, RateLimitAnswer.TC, 24, 128), 64, clock, new Counters());
    assertThat(within(wide, "192.0.2.1", 6)).isEqualTo(6);
    assertThat(within(wide, "192.0.2.255", 6)).isEqualTo(4);
    assertThat(within(wide, "192.0.3.1", 10)).isEqualTo(10);
    assertThat(within(wide, "2001:db8::1", 10)).isEqualTo(10);
    assertThat(within(wide, "2001:db8::2", 10)).isEqualTo(10);
  }

  @Test
  void whenTheTableIsFullTheFullestBucketGivesWayAndItIsTold() {
    ClientRateLimit small = limit(10, 8);
    for (int i = 0; i < 8; i++) {
      assertThat(within(small, "192.0.2." + i, i == 3 ? 1 : 10)).isPositive();
    }
    assertThat(small.take(client("198.51.100.1"))).isEqualTo(Verdict.WITHIN_CROWDED);
    assertThat(within(small, "192.0.2.7", 10)).isZero();
    clock.advance(Duration.ofSeconds(1));
    assertThat(small.take(client("198.51.100.2"))).isEqualTo(Verdict.WITHIN);
  }

  private int within(String address, int queries) {
    return within(limit, address, queries);
  }

  private static int within(ClientRateLimit limit, String address, int queries) {
    Client client = client(address);
    int within = 0;
    for (int i = 0; i < queries; i++) {
      within += limit.take(client) == Verdict.BEYOND ? 0 : 1;
    }
    return within;
  }

  private ClientRateLimit limit(int perSecond, int clients) {
    return new ClientRateLimit(
        new RateLimit(perSecond, RateLimitAnswer.REFUSED, 32, 64), clients, clock, new Counters());
  }

  private static Client client(String address) {
    Client client = new Client();
    client.setSource(new InetSocketAddress(InetAddress.ofLiteral(address), 4711));
    return client;
  }
}
