package dev.gander.message;

import java.io.IOException;

/**
 * A message that came from an upstream is not a DNS response, or not one to the question asked. Has
 * no stack trace: it tells of bytes from the network, not of a fault in the program.
 */
public final class MalformedMessageException extends IOException {

  /**
   * @param message what is wrong and at which byte
   */
  public MalformedMessageException(String message) {
    super(message);
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
