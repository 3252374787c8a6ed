package dev.gander.daemon;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon's main thread is asked to do. One change may be under way and one may wait; a
 * third is turned away as busy. The wish to end overtakes everything. Any thread.
 */
final class Requests {

  /** Something for the main thread to do. */
  sealed interface Request {}

  /**
   * A reload or a suspend.
   *
   * @param abort do not wait for what is in flight
   * @param watcher is told each step, on the main thread
   */
  record Change(Kind kind, boolean abort, Consumer<Progress> watcher) implements Request {
    enum Kind {
      RELOAD,
      SUSPEND
    }
  }

  /** The end, for this reason. */
  record End(String reason) implements Request {}

  private @Nullable Change waiting;
  private @Nullable End end;

  /** False if one waits already; a waiting change has not begun, so it will do for a signal too. */
  synchronized boolean offer(Change change) {
    if (waiting != null) {
      return false;
    }
    waiting = change;
    notifyAll();
    return true;
  }

  synchronized void end(String reason) {
    if (end == null) {
      end = new End(reason);
      notifyAll();
    }
  }

  /** The next thing to do; waits for it. */
  synchronized Request take() throws InterruptedException {
    while (true) {
      if (end != null) {
        return end;
      }
      if (waiting != null) {
        Change next = waiting;
        waiting = null;
        return next;
      }
      wait();
    }
  }
}
