package dev.gander.intercept;

import java.util.concurrent.TimeUnit;

/**
 * One answer as the kernel is to give it, in wire bytes. docs/KERNEL-ANSWERS.md says what the
 * kernel makes of it: the client's ID and spelling, RA, RD, CD as asked, AD only if asked for.
 *
 * @param slot of {@link KernelAnswers#takeHits}, 0 to {@link KernelAnswers#slots()} - 1, the
 *     caller's to give out; one slot should stand for one answer
 */
public record KernelAnswer(Key key, Content content, Life life, Lesson lesson, int slot) {

  /** Most TTLs that are counted down; answers with more records stay in user space. */
  public static final int TTLS_MAX = Shared.ANSWER_TTLS_MAX;

  /**
   * Which query it answers.
   *
   * @param name lower-case wire name, root label included
   * @param client the class of those who may have it, see {@link ClientClasses}; 0 for everybody
   * @param askedHigh with {@code askedLow} the address that was asked, IPv4 mapped; both 0 where
   *     the answer does not depend on it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Key(
      byte[] name,
      int type,
      boolean dnssecOk,
      boolean checkingDisabled,
      long client,
      long askedHigh,
      long askedLow) {}

  /**
   * What it says.
   *
   * @param flags AA, AD and the response code (0 to 15) where they are in a DNS header; nothing
   *     else
   * @param records all sections behind the question, as {@code Answer} holds them
   * @param ttlOffsets where in {@code records} each TTL is
   * @param options encoded EDNS options
   * @param staleOptions those of a stale answer instead; at most 100 bytes, else empty
   * @param negative whether it counts as negative
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Content(
      int flags,
      int answers,
      int authorities,
      int additional,
      byte[] records,
      char[] ttlOffsets,
      byte[] options,
      byte[] staleOptions,
      boolean negative) {}

  /**
   * When it holds, in {@link System#nanoTime}, which is the kernel's monotonic clock.
   *
   * @param generation as given to {@link KernelAnswers#enable}
   * @param constant TTLs never count down and these times do not matter
   * @param staleEndNanos until when it may be given as stale; {@code endNanos} for never
   */
  public record Life(
      int generation, boolean constant, long storedNanos, long endNanos, long staleEndNanos) {

    /**
     * From when on its hits matter: user space decides in the last tenth of its TTL whether to ask
     * again.
     */
    long hitsDueNanos() {
      return constant ? Long.MAX_VALUE : endNanos - (endNanos - storedNanos) / 5;
    }

    /** An answer that no time ends, such as a local name's. */
    public static Life constant(int generation) {
      return new Life(generation, true, 0, 0, 0);
    }
  }

  /**
   * By which name whoever gets it knows its addresses from then on; see {@link KernelRouting}.
   *
   * @param numbering whose numbers, {@link KernelRouting#numbering}; 0: it teaches nothing
   * @param domain the name's number
   * @param endNanos until when the number is kept for it: after that, queries go up
   */
  public record Lesson(int numbering, int domain, long endNanos) {

    /** None. */
    public static final Lesson NONE = new Lesson(0, 0, 0);

    int endSeconds() {
      return (int) TimeUnit.NANOSECONDS.toSeconds(endNanos);
    }
  }
}
