package dev.gander.daemon;

import dev.gander.cache.CacheFile;
import dev.gander.cache.CacheFile.Restored;
import dev.gander.clock.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries the cache over restarts: on a thread of its own reads it once, then writes it every few
 * minutes, and once more at the end. What goes wrong is logged and costs nothing else.
 */
final class CacheKeeper implements AutoCloseable {

  static final String FILE = "answers.cache";
  static final Duration PERIOD = Duration.ofMinutes(5);

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");

  private final CacheFile file;
  private final Path directory;
  private final Supplier<Generation> generations;
  private final Clock clock;
  private final Thread thread;

  /** False until all that was on disk is in the cache: writing before would lose the rest. */
  private volatile boolean restored;

  private CacheKeeper(Path directory, Supplier<Generation> generations, Clock clock) {
    this.directory = directory;
    this.generations = generations;
    this.clock = clock;
    file = new CacheFile(directory.resolve(FILE), clock);
    thread = Thread.ofPlatform().daemon().name("gander-cache-file").unstarted(this::run);
  }

  /**
   * Begins.
   *
   * @param directory where the file is; made if need be
   * @param generations the generation in force
   */
  static CacheKeeper start(Path directory, Supplier<Generation> generations, Clock clock) {
    CacheKeeper keeper = new CacheKeeper(directory, generations, clock);
    keeper.thread.start();
    return keeper;
  }

  private void run() {
    try {
      restore();
      while (restored) {
        clock.sleep(PERIOD);
        save();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the end
    }
  }

  private void restore() {
    Generation generation = generations.get();
    try {
      Files.createDirectories(directory);
      switch (file.restore(generation.cache(), generation.cacheScope())) {
        case Restored.Answers answers ->
            LOG.log(
                Level.INFO,
                "cache: {0} answers of before are back, {1} had ended",
                answers.kept(),
                answers.left());
        case Restored.Nothing nothing ->
            LOG.log(Level.INFO, "cache: begins empty: {0}", nothing.reason());
        case Restored.Damaged damaged ->
            LOG.log(
                Level.WARNING,
                "cache: begins empty: {0} is damaged: {1}; it is now {2}",
                directory.resolve(FILE),
                damaged.reason(),
                damaged.aside());
      }
      restored = !Thread.currentThread().isInterrupted();
    } catch (IOException e) {
      warn("is not carried over restarts", e);
    }
  }

  private void save() {
    Generation generation = generations.get();
    try {
      int count = file.save(generation.cache(), generation.cacheScope());
      LOG.log(Level.DEBUG, "cache: {0} answers written to {1}", count, directory);
    } catch (IOException e) {
      warn("was not written", e);
    } catch (UncheckedIOException e) {
      warn("was not written", e.getCause());
    }
  }

  private void warn(String what, @Nullable IOException e) {
    String reason = e == null ? "" : Failures.reason(e);
    LOG.log(
        Level.WARNING,
        "cache: {0}: {1}: {2}; choose a folder with --state-dir DIR",
        what,
        directory,
        reason);
  }

  /** Writes once more, if what was on disk had been read. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
      if (restored) {
        save();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
