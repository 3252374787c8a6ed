package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.FakeClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HappyEyeballsTest {

  private static final InetSocketAddress A = at("192.0.2.1");
  private static final InetSocketAddress B = at("192.0.2.2");
  private static final InetSocketAddress SIX = at("2001:db8::1");

  private final FakeClock clock = new FakeClock();
  private final Map<InetSocketAddress, CompletableFuture<String>> tried = new LinkedHashMap<>();
  private final List<String> surplus = new ArrayList<>();

  private static InetSocketAddress at(String address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), 853);
  }

  private CompletableFuture<String> race(InetSocketAddress... addresses) {
    return HappyEyeballs.race(
        List.of(addresses),
        clock,
        address -> {
          CompletableFuture<String> attempt = new CompletableFuture<>();
          tried.put(address, attempt);
          return attempt;
        },
        surplus::add);
  }

  private CompletableFuture<String> attempt(InetSocketAddress address) {
    return Objects.requireNonNull(tried.get(address));
  }

  @Test
  void theFamiliesComeInTurnBeginningWithTheFirst() {
    assertThat(HappyEyeballs.inTurn(List.of(A, B, SIX))).containsExactly(A, SIX, B);
    assertThat(HappyEyeballs.inTurn(List.of(SIX, A, B))).containsExactly(SIX, A, B);
    assertThat(HappyEyeballs.inTurn(List.of(A))).containsExactly(A);
  }

  @Test
  void theNextIsTriedBesideOneThatIsSilentForAMoment() throws Exception {
    CompletableFuture<String> race = race(A, B, SIX);
    clock.advance(Duration.ofMillis(249));
    assertThat(tried.keySet()).containsExactly(A);
    clock.advance(Duration.ofMillis(1));
    assertThat(tried.keySet()).containsExactly(A, SIX);
    attempt(SIX).complete("six");
    assertThat(race.join()).isEqualTo("six");
    assertThat(attempt(A)).isCancelled();
    clock.advance(Duration.ofSeconds(9));
    assertThat(tried).doesNotContainKey(B);
  }

  @Test
  void theNextIsTriedAtOnceWhenOneFails() throws Exception {
    CompletableFuture<String> race = race(A, B);
    attempt(A).completeExceptionally(new IOException("refused"));
    attempt(B).complete("b");
    assertThat(race.join()).isEqualTo("b");
    assertThat(clock.nextDeadline()).isEmpty();
  }

  @Test
  void aSlowOneMayStillWin() throws Exception {
    CompletableFuture<String> race = race(A, B);
    clock.advance(Duration.ofMillis(250));
    attempt(A).complete("a");
    assertThat(race.join()).isEqualTo("a");
    assertThat(attempt(B)).isCancelled();
  }

  @Test
  void theLastReasonIsToldWhenAllFail() throws Exception {
    CompletableFuture<String> race = race(A, B);
    clock.advance(Duration.ofMillis(250));
    attempt(B).completeExceptionally(new IOException("no route"));
    assertThat(race).isNotDone();
    attempt(A).completeExceptionally(new IOException("refused"));
    assertThat(race.exceptionNow()).hasMessage("refused");
  }

  @Test
  void whatStandsTooLateIsGivenAway() {
    CompletableFuture<String> deaf = new CompletableFuture<>();
    CompletableFuture<String> race =
        HappyEyeballs.race(
            List.of(A, B), clock, it -> it.equals(A) ? copyOf(deaf) : done("b"), surplus::add);
    clock.advance(Duration.ofMillis(250));
    assertThat(race.join()).isEqualTo("b");
    deaf.complete("a");
    assertThat(surplus).containsExactly("a");
  }

  private static CompletableFuture<String> done(String what) {
    return CompletableFuture.completedFuture(what);
  }

  /** One that does not hear that it is cancelled. */
  private static CompletableFuture<String> copyOf(CompletableFuture<String> of) {
    return new CompletableFuture<>() {
      {
        var _ = of.thenAccept(this::complete);
      }

      @Override
      public boolean cancel(boolean mayInterrupt) {
        return false;
      }
    };
  }

  @Test
  void cancellingEndsEveryAttempt() throws Exception {
    CompletableFuture<String> race = race(A, B);
    clock.advance(Duration.ofMillis(250));
    race.cancel(false);
    assertThat(attempt(A)).isCancelled();
    assertThat(attempt(B)).isCancelled();
  }
}
