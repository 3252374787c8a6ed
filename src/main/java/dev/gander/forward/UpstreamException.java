package dev.gander.forward;

import dev.gander.message.ExtendedError;
import java.io.IOException;

/**
 * An upstream gave no answer. The client hears the code and the message as Extended DNS Error. Has
 * no stack trace: it tells of the network, not of a fault in the program.
 */
public final class UpstreamException extends IOException {

  private final ExtendedError error;
  private final boolean sick;

  /**
   * @param error what kind of failure, for RFC 8914
   * @param message one line for people, naming the upstream
   */
  public UpstreamException(ExtendedError error, String message) {
    this(error, message, false);
  }

  private UpstreamException(ExtendedError error, String message, boolean sick) {
    super(message);
    this.error = error;
    this.sick = sick;
  }

  /** The same, if it is no bad luck: what is asked next will fail in the same way. */
  static UpstreamException sick(ExtendedError error, String message) {
    return new UpstreamException(error, message, true);
  }

  /** Whether one such failure says all there is to know of the upstream. */
  boolean isSick() {
    return sick;
  }

  public ExtendedError error() {
    return error;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
