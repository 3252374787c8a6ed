package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One member's part in a {@link Contest}: a question on a thread of its own. The contest's thread
 * looks at it, ends it, and says what it tells of the member; that is told once.
 */
final class Attempt implements Runnable {

  private static final System.Logger LOG = System.getLogger("dev.gander.forward");

  private final Member member;
  private final Query query;
  private final boolean hedge;
  private final Clock clock;
  private final long startNanos;
  private final long deadlineNanos;
  private final Runnable ended;
  private @Nullable Thread thread;
  private @Nullable Answer answer;
  private @Nullable IOException failure;
  private long endNanos;
  private boolean over;

  /** Whether the member's account knows how this ended. */
  private boolean accounted;

  /**
   * @param hedge asked though another was still at it
   * @param ended told when it has ended by itself
   */
  Attempt(
      Member member, Query query, boolean hedge, Clock clock, long deadlineNanos, Runnable ended) {
    this.member = member;
    this.query = query;
    this.hedge = hedge;
    this.clock = clock;
    this.startNanos = clock.nanoTime();
    this.deadlineNanos = deadlineNanos;
    this.ended = ended;
  }

  @Override
  public void run() {
    if (!begin()) {
      return;
    }
    try {
      end(member.ask(query, deadlineNanos), null);
    } catch (InterruptedException e) {
      end(null, new UpstreamException(ExtendedError.NOT_READY, "gander is stopping"));
    } catch (IOException e) {
      end(null, e);
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, () -> "bug: no answer to " + query, e);
      end(null, new IOException("internal error", e));
    } finally {
      ended.run();
    }
  }

  private synchronized boolean begin() {
    thread = over ? null : Thread.currentThread();
    return !over;
  }

  private synchronized void end(@Nullable Answer came, @Nullable IOException why) {
    thread = null;
    endNanos = clock.nanoTime();
    if (over) {
      if (came != null) {
        member.health().answered(endNanos - startNanos);
      }
      return;
    }
    answer = came;
    failure = why;
    if (why != null) {
      accounted = true;
      member.failed(why);
    }
  }

  Member member() {
    return member;
  }

  boolean hedge() {
    return hedge;
  }

  synchronized @Nullable Answer answer() {
    return answer;
  }

  synchronized @Nullable IOException failure() {
    return failure;
  }

  synchronized boolean isRunning() {
    return answer == null && failure == null;
  }

  /** Whether it has run so long that it is failing rather than slow. */
  boolean isSilent(long nowNanos) {
    return nowNanos - silentFromNanos() >= 0;
  }

  long silentFromNanos() {
    return startNanos + member.health().silenceNanos();
  }

  /** Somebody gave a good answer; was it this one, and if not, was it its own fault? */
  synchronized void comparedWith(Attempt winner, long nowNanos) {
    Answer mine = answer;
    if (accounted) {
      return;
    }
    accounted = true;
    if (this == winner || (mine != null && Member.isGood(mine))) {
      member.answered(endNanos - startNanos);
    } else if (mine != null) {
      member.failed(query.question(), mine.rcode());
    } else {
      member.outpaced(nowNanos - startNanos);
    }
  }

  /** Nobody gave a good answer: an error is what there is to say, only silence is a failure. */
  synchronized void foundNoBetter() {
    if (accounted) {
      return;
    }
    accounted = true;
    if (answer != null) {
      member.answered(endNanos - startNanos);
    } else {
      member.failed(
          new UpstreamException(
              ExtendedError.NO_REACHABLE_AUTHORITY,
              "upstream '" + member.name() + "' did not answer in time"));
    }
  }

  /** The contest is over: interrupts it if it still runs. */
  synchronized void giveUp() {
    over = true;
    if (!accounted) {
      accounted = true;
      member.withdrawn();
    }
    if (thread != null) {
      thread.interrupt();
    }
  }
}
