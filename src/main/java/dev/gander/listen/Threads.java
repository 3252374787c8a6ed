package dev.gander.listen;

import org.jspecify.annotations.Nullable;

/** Waiting for threads to end. */
final class Threads {

  private Threads() {}

  /** Waits until the thread, if there is one, has ended; an interrupt is kept for afterwards. */
  static void join(@Nullable Thread thread) {
    boolean interrupted = false;
    while (thread != null && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
