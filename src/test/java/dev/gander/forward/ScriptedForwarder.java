package dev.gander.forward;

import dev.gander.clock.FakeClock;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.message.Rcode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** An upstream whose answers a test gives by hand. */
final class ScriptedForwarder implements Forwarder {

  static final Answer GOOD = Answer.negative(Rcode.NOERROR, 60, ExtendedError.OTHER, "");
  static final Answer SERVFAIL = Answer.failure(Rcode.SERVFAIL, ExtendedError.OTHER, "no");

  /** What a member is told when it asks. */
  volatile Duration grace = Duration.ZERO;

  volatile boolean ready = true;
  private final FakeClock clock;
  private final Deque<Call> calls = new ArrayDeque<>();
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger asked = new AtomicInteger();

  private static final class Call {
    final CompletableFuture<Answer> end = new CompletableFuture<>();
  }

  ScriptedForwarder(FakeClock clock) {
    this.clock = clock;
  }

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    Call call = new Call();
    synchronized (this) {
      calls.add(call);
    }
    asked.incrementAndGet();
    active.incrementAndGet();
    try {
      if (!clock.await(call.end, deadlineNanos)) {
        throw new UpstreamException(ExtendedError.NO_REACHABLE_AUTHORITY, "silent");
      }
      return call.end.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    } finally {
      active.decrementAndGet();
      synchronized (this) {
        calls.remove(call);
      }
    }
  }

  @Override
  public Duration grace() {
    return grace;
  }

  @Override
  public boolean ready() {
    return ready;
  }

  /** Answers all that is being asked. */
  synchronized void says(Answer answer) {
    calls.forEach(call -> call.end.complete(answer));
    calls.clear();
  }

  synchronized void fails(Throwable why) {
    calls.forEach(call -> call.end.completeExceptionally(why));
    calls.clear();
  }

  /** Questions asked so far. */
  int asked() {
    return asked.get();
  }

  /** Questions being asked. */
  int active() {
    return active.get();
  }
}
