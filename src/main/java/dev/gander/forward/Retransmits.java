package dev.gander.forward;

import java.time.Duration;

/**
 * How long to wait for an answer before a question is sent again: 250 ms at first, then half as
 * long again each time, so that a budget of 5 s has six tries in it.
 */
final class Retransmits {

  static final Duration FIRST = Duration.ofMillis(250);

  private long nanos = FIRST.toNanos();

  /** Nanoseconds to wait this time. */
  long next() {
    long now = nanos;
    nanos += nanos / 2;
    return now;
  }
}
