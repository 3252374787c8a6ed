package dev.gander.cache;

import dev.gander.message.Answer;
import dev.gander.message.Request;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One look into the cache and what it found. Reused by one thread from look to look, so that a hit
 * costs no garbage; valid until the next.
 */
public final class Lookup {

  /** What a look has found. */
  public enum Outcome {
    /** An answer that holds. */
    FRESH,
    /** One that has ended and may be given at once, marked as stale; refresh it behind. */
    STALE,
    /** Nothing to give at once; see {@link Lookup#hasLastResort}. */
    MISSING
  }

  /** TTL of stale answers, seconds (RFC 8767 § 4). */
  public static final int STALE_TTL = 30;

  /** Looks at an entry that make it worth asking for again before it ends. */
  static final int POPULAR = 3;

  /** For how long one refresh of an entry keeps others away; failing and landing end it. */
  private static final long CLAIM_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final CacheKey climber = CacheKey.probe();
  private @Nullable Entry entry;
  private Outcome outcome = Outcome.MISSING;
  private long now;
  private int deeper;

  /** A look at nothing yet. */
  public Lookup() {}

  Outcome at(@Nullable Entry found, long nanos) {
    entry = found;
    now = nanos;
    deeper = 0;
    if (found == null) {
      outcome = Outcome.MISSING;
    } else if (found.freshAt(nanos)) {
      outcome = Outcome.FRESH;
      found.hit(1);
    } else if (!found.isFailure() && found.staleAt(nanos)) {
      outcome = Outcome.STALE;
      found.hit(1);
    } else {
      outcome = Outcome.MISSING;
    }
    return outcome;
  }

  /** A probe of its own, to climb from {@code probe} with. */
  CacheKey climber(CacheKey probe) {
    return climber.copyFrom(probe);
  }

  /** What was found is kept for a name so many bytes shorter than the asked one. */
  void foundAbove(int bytes) {
    deeper = bytes;
  }

  /**
   * Writes what was found for one client: TTLs counted down if fresh; {@link #STALE_TTL} and an
   * Extended DNS Error (RFC 8914 § 4.4, 4.20) if stale. Allocates nothing.
   *
   * @param limit most bytes the client takes, at least 512
   * @param out at least {@code limit} bytes
   * @return length of the message in {@code out}
   */
  public int writeTo(Request request, int limit, byte[] out) {
    Answer answer = found().answer();
    if (outcome == Outcome.STALE) {
      return answer.writeStaleTo(request, STALE_TTL, limit, out);
    }
    return deeper == 0
        ? answer.writeTo(request, age(), limit, out)
        : answer.writeBelowTo(request, deeper, age(), limit, out);
  }

  /** What was found as clients are to see it now; also the last resort, as stale. */
  public Answer answer() {
    Answer answer = found().answer();
    return outcome == Outcome.FRESH ? answer.aged(age()) : answer.stale(STALE_TTL);
  }

  /** Whether something long ended is there that is better than SERVFAIL (RFC 8767 § 5). */
  public boolean hasLastResort() {
    return outcome == Outcome.MISSING && entry != null && !entry.isFailure() && entry.keptAt(now);
  }

  /** Whether what was found is a failure, kept for a moment only. */
  public boolean isFailure() {
    return found().isFailure();
  }

  /** What was found, as it was kept: TTLs count from {@link #storedNanos}. */
  public Answer kept() {
    return found().answer();
  }

  /** When it was kept. */
  public long storedNanos() {
    return found().storedNanos();
  }

  /** When its TTL is over. */
  public long endNanos() {
    return found().endNanos();
  }

  /** Until when it may be given at once. */
  public long staleEndNanos() {
    return found().staleEndNanos();
  }

  /**
   * Whether the caller is the one to refresh what was found, now: it is stale, or asked often and
   * in the last tenth of its TTL, and nobody has been told so in the last while.
   */
  public boolean refreshDue() {
    Entry found = entry;
    if (found == null || deeper > 0 || found.isFailure()) {
      return false;
    }
    boolean wanted = outcome == Outcome.STALE || (found.nearItsEnd(now) && found.hits() >= POPULAR);
    return wanted && found.claimRefresh(now, CLAIM_NANOS);
  }

  private int age() {
    return (int) TimeUnit.NANOSECONDS.toSeconds(now - found().storedNanos());
  }

  private Entry found() {
    Entry found = entry;
    if (found == null) {
      throw new IllegalStateException("nothing was found");
    }
    return found;
  }
}
