package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.message.Answer;
import dev.gander.message.Query;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/** Tells the way how it did. */
record ReportingForwarder(Way way, Forwarder over, Clock clock) implements Forwarder {

  @Override
  public Answer forward(Query query, long deadlineNanos) throws IOException, InterruptedException {
    long start = clock.nanoTime();
    try {
      Answer answer = over.forward(query, deadlineNanos);
      way.answered(clock.nanoTime() - start);
      return answer;
    } catch (IOException e) {
      way.failed(String.valueOf(e.getMessage()));
      throw e;
    }
  }

  @Override
  public Duration grace() {
    return over.grace();
  }

  @Override
  public boolean ready() {
    return over.ready();
  }

  @Override
  public void warmUp(Consumer<UpstreamException> sick) {
    over.warmUp(sick);
  }

  @Override
  public void close() {
    over.close();
  }
}
