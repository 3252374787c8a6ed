package dev.gander.proxy;

import dev.gander.clock.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The sessions with one AnyTLS server that carry nothing at the moment: the youngest is used first,
 * and what nobody uses for a while ends. Any thread.
 */
final class AnytlsSessions {

  private static final long IDLE_NANOS = Duration.ofSeconds(60).toNanos();

  /** More than that are of no use, however many there were at once. */
  private static final int MOST = 64;

  private final Clock clock;
  private final Deque<Idle> idle = new ArrayDeque<>();
  private PaddingScheme scheme = PaddingScheme.DEFAULT;

  private record Idle(AnytlsSession session, Clock.Alarm alarm) {}

  AnytlsSessions(Clock clock) {
    this.clock = clock;
  }

  /** How the next session is to begin. */
  synchronized PaddingScheme scheme() {
    return scheme;
  }

  /** The server wants another scheme from now on; one that is unreasonable is not taken. */
  synchronized void pad(String text) {
    try {
      scheme = PaddingScheme.read(text);
    } catch (IOException e) {
      // The one before stays: a server can only ask.
    }
  }

  /** A session that carries nothing, for who asks; null if there is none. */
  synchronized @Nullable AnytlsSession take() {
    Idle youngest = idle.pollLast();
    if (youngest == null) {
      return null;
    }
    youngest.alarm().cancel();
    return youngest.session();
  }

  /** It carries nothing any more. */
  void idle(AnytlsSession session) {
    Idle eldest = null;
    synchronized (this) {
      idle.addLast(
          new Idle(session, clock.alarm(clock.nanoTime() + IDLE_NANOS, () -> expire(session))));
      if (idle.size() > MOST) {
        eldest = idle.pollFirst();
      }
    }
    if (eldest != null) {
      eldest.alarm().cancel();
      end(eldest.session());
    }
  }

  private void expire(AnytlsSession session) {
    if (gone(session)) {
      end(session);
    }
  }

  private static void end(AnytlsSession session) {
    session.channel().eventLoop().execute(() -> session.die("nobody used it"));
  }

  /**
   * It is not to be used any more.
   *
   * @return whether it was there
   */
  synchronized boolean gone(AnytlsSession session) {
    return idle.removeIf(it -> it.session() == session);
  }
}
