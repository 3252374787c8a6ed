package dev.gander.daemon;

/**
 * The daemon cannot run on this machine as asked: a right, a kernel feature, a port or a directory
 * is missing or taken. The message names it and the remedy; the exit status is 3.
 */
public final class StartException extends Exception {

  private static final long serialVersionUID = 1L;

  public StartException(String message) {
    super(message);
  }

  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
