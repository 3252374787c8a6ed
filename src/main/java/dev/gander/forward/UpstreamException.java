package dev.gander.forward;

import dev.gander.message.ExtendedError;
import java.io.IOException;

/**
 * An upstream gave no answer. The client hears the code and the message as Extended DNS Error. Has
 * no stack trace: it tells of the network, not of a fault in the program.
 */
public final class UpstreamException extends IOException {

  private final ExtendedError error;

  /**
   * @param error what kind of failure, for RFC 8914
   * @param message one line for people, naming the upstream
   */
  public UpstreamException(ExtendedError error, String message) {
    super(message);
    this.error = error;
  }

  public ExtendedError error() {
    return error;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
