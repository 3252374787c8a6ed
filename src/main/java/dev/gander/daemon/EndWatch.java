package dev.gander.daemon;

import dev.gander.clock.Clock;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * Sees to it that the end comes. Should a part of the taking down hang, the process goes all the
 * same: the kernel then takes out what is left, as after kill -9.
 */
final class EndWatch implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");
  private static final Duration LONGEST_END = Duration.ofMillis(1800);

  private final Thread watch;

  EndWatch(Clock clock) {
    watch =
        Thread.ofPlatform()
            .daemon()
            .name("gander-end")
            .unstarted(() -> {
              try {
                clock.sleep(LONGEST_END);
                LOG.log(Level.ERROR, "the end takes too long; going without its rest");
                Runtime.getRuntime().halt(0);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the end came in time
              }
            });
  }

  /** From now on everything must be done in 1.8 s. */
  void arm() {
    watch.start();
  }

  /** Stands the watch down; its thread has ended on return. */
  @Override
  public void close() {
    watch.interrupt();
    try {
      watch.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
