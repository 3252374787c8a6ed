package dev.gander.forward;

/**
 * Bounds what is asked on suspicion: one hedge for ten questions, {@link #MOST} at a time. Starts
 * with one. Any thread.
 */
final class HedgeBudget {

  /** Questions that pay for one hedge: 10 %. */
  static final int PRICE = 10;

  /** Hedges that can be saved up: what a path that dies under load may cost before it is known. */
  static final int MOST = 500;

  private int balance = PRICE;

  /** A question was asked. */
  synchronized void earn() {
    balance = Math.min(balance + 1, MOST * PRICE);
  }

  /** Whether there is enough for a hedge, which is then paid. */
  synchronized boolean spend() {
    if (balance < PRICE) {
      return false;
    }
    balance -= PRICE;
    return true;
  }
}
