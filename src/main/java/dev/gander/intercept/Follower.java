package dev.gander.intercept;

import dev.gander.kernel.KernelException;
import dev.gander.kernel.NetworkWatch;
import java.lang.System.Logger.Level;

/**
 * One thread that does its task again whenever the kernel says that something may have changed. It
 * lives in the network namespace of the thread that made it.
 */
final class Follower implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");

  private final String what;
  private final NetworkWatch watch;
  private final Runnable task;
  private final Thread thread;
  private volatile boolean closing;

  /**
   * Does not begin before {@link #start}.
   *
   * @param what {@code "addresses"}: for the thread's name and the log
   * @param watch closed with this
   */
  Follower(String what, NetworkWatch watch, Runnable task) {
    this.what = what;
    this.watch = watch;
    this.task = task;
    this.thread = Thread.ofPlatform().name("gander-" + what).daemon().unstarted(this::follow);
  }

  /** Once. What has happened since the watch was opened counts as a change. */
  void start() {
    thread.start();
  }

  private void follow() {
    while (!closing) {
      try {
        watch.await();
        if (!closing) {
          task.run();
        }
      } catch (KernelException e) {
        LOG.log(
            Level.WARNING,
            "this machine''s {0} have changed and could not be followed: {1}",
            what,
            e.getMessage());
      }
    }
  }

  /** Returns once the task no longer runs. */
  @Override
  public void close() {
    closing = true;
    watch.wake();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // the socket must not be closed under the thread
      }
    }
    watch.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
