package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.daemon.Requests.Change;
import dev.gander.daemon.Requests.End;
import org.junit.jupiter.api.Test;

class RequestsTest {

  private final Requests requests = new Requests();

  private static Change reload() {
    return new Change(Change.Kind.RELOAD, false, progress -> {});
  }

  @Test
  void oneChangeMayWaitASecondIsTurnedAway() throws InterruptedException {
    Change first = reload();
    assertThat(requests.offer(first)).isTrue();
    assertThat(requests.offer(reload())).isFalse();
    assertThat(requests.take()).isSameAs(first);
    assertThat(requests.offer(reload())).as("while the first is under way").isTrue();
  }

  @Test
  void theEndOvertakesAndIsForGood() throws InterruptedException {
    requests.offer(reload());
    requests.end("first");
    requests.end("second");
    assertThat(requests.take()).isEqualTo(new End("first"));
    assertThat(requests.take()).isEqualTo(new End("first"));
  }

  @Test
  void takeWaitsForSomethingToDo() throws InterruptedException {
    Thread asker = Thread.ofVirtual().start(() -> requests.end("now"));
    assertThat(requests.take()).isEqualTo(new End("now"));
    asker.join();
  }
}
