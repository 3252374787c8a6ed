package dev.gander.proxy;

import java.io.IOException;

/**
 * A proxy server itself cannot be reached, whatever lies behind it. Its message names the server
 * and the reason.
 */
public final class UnreachableException extends IOException {

  private static final long serialVersionUID = 1;

  public UnreachableException(String message) {
    super(message);
  }
}
