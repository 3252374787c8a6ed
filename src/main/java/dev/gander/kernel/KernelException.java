package dev.gander.kernel;

/** The kernel or libbpf refused; the message says what was asked, the error, and the remedy. */
public final class KernelException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int errno;

  public KernelException(String message, int errno) {
    super(message);
    this.errno = errno;
  }

  /** The positive error number of errno(3), or 0 where none applies. */
  public int errno() {
    return errno;
  }
}
