package dev.gander.tls;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Bind.Identity;
import dev.gander.config.PemPair;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A certificate and its key, read anew when their files change: once for all who show them. The
 * files are looked at when somebody asks, at most once a second; new ones that are of no use leave
 * the old ones in force. Any thread.
 */
public final class PairFiles {

  /** Is told how reading anew ended. */
  @FunctionalInterface
  public interface Watcher {
    void reloaded(boolean success);
  }

  private static final System.Logger LOG = System.getLogger("dev.gander.tls");
  private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

  private final Path certificate;
  private final Path key;
  private final Clock clock;
  private final Watcher watcher;
  private volatile PemPair pair;
  private String stamp;
  private volatile long lookedNanos;

  /**
   * @param identity holds until its files change
   */
  public PairFiles(Identity identity, Clock clock, Watcher watcher) {
    certificate = identity.certificate();
    key = identity.key();
    pair = identity.pair();
    stamp = pair.stamp();
    this.clock = clock;
    this.watcher = watcher;
    lookedNanos = clock.nanoTime();
  }

  /** What they hold: the same object until they change. */
  PemPair current() {
    if (clock.nanoTime() - lookedNanos >= LOOK_NANOS) {
      look();
    }
    return pair;
  }

  private synchronized void look() {
    lookedNanos = clock.nanoTime();
    String now = PemPair.stampOf(certificate, key);
    if (now.equals(stamp)) {
      return;
    }
    stamp = now;
    try {
      pair = PemPair.read(certificate, key);
      LOG.log(Level.INFO, "certificate read anew: {0}", certificate);
      watcher.reloaded(true);
    } catch (IOException e) {
      useless(e);
    }
  }

  /** What they hold can be read and not be shown. */
  void useless(IOException why) {
    LOG.log(Level.WARNING, "the certificate stays as it was: {0}", why.getMessage());
    watcher.reloaded(false);
  }

  /** The two files. */
  @Override
  public String toString() {
    return certificate + " and " + key;
  }
}
