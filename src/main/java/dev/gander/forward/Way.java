package dev.gander.forward;

import dev.gander.dial.Dialer;

/** One way out: straight, or through one node. The same object as long as it is the same way. */
public interface Way {

  /** {@code direct}, or the node's name. */
  String name();

  /** Stays the way's owner's, who closes it. */
  Dialer dialer();

  /** Whether it carries UDP; if not, what would go by UDP goes by TCP. */
  boolean carriesDatagrams();

  /** A question that went this way was answered after so long. */
  void answered(long nanos);

  /**
   * A question that went this way was not answered, by whose fault ever.
   *
   * @param why in words, without secrets
   */
  void failed(String why);
}
