package dev.gander.encrypted;

import dev.gander.clock.Clock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** HTTP/3, and HTTP/2 where UDP does not get through; that is remembered for a while. */
final class Http3OrHttp2 implements Sessions {

  /** Three lost first packets in a row, about. */
  static final Duration PATIENCE = Duration.ofMillis(1500);

  private static final Duration BLOCKED_FOR = Duration.ofMinutes(1);

  private final Sessions http3;
  private final Sessions http2;
  private final Clock clock;
  private volatile long http3AfterNanos;

  Http3OrHttp2(Sessions http3, Sessions http2, Clock clock) {
    this.http3 = http3;
    this.http2 = http2;
    this.clock = clock;
    http3AfterNanos = clock.nanoTime();
  }

  @Override
  public Session open(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    long now = clock.nanoTime();
    if (now - http3AfterNanos < 0) {
      return http2.open(server, deadlineNanos);
    }
    long half = now + Math.max(0, deadlineNanos - now) / 2;
    try {
      return http3.open(server, Math.min(half, now + PATIENCE.toNanos()));
    } catch (SessionException e) {
      if (e.isFinal()) {
        throw e;
      }
      try {
        Session second = http2.open(server, deadlineNanos);
        http3AfterNanos = clock.nanoTime() + BLOCKED_FOR.toNanos();
        return second;
      } catch (SessionException f) {
        throw f.isFinal() ? f : e;
      }
    }
  }
}
