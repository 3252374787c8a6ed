package dev.gander.dial;

import java.io.EOFException;
import java.io.IOException;

/**
 * Bytes to and from a server, in order: TCP, or what runs over it. Blocking, for virtual threads:
 * one may read while another writes. Any thread may close it, which ends both.
 */
public interface Stream extends AutoCloseable {

  /**
   * Reads what is there, at least one byte.
   *
   * @param length at least 1
   * @param deadlineNanos of the clock
   * @return bytes read, or -1 once the other side has ended the stream
   * @throws java.net.SocketTimeoutException if nothing comes in time; the stream is as before
   * @throws IOException if it breaks or is closed
   * @throws InterruptedException if the thread is interrupted
   */
  int readSome(byte[] into, int offset, int length, long deadlineNanos)
      throws IOException, InterruptedException;

  /**
   * Writes all of it.
   *
   * @param deadlineNanos of the clock
   * @throws java.net.SocketTimeoutException if it does not fit in time; part of it may have left
   * @throws IOException if it breaks or is closed
   * @throws InterruptedException if the thread is interrupted
   */
  void write(byte[] from, int offset, int length, long deadlineNanos)
      throws IOException, InterruptedException;

  /**
   * Reads exactly {@code length} bytes.
   *
   * @throws EOFException if the other side ends the stream before
   * @throws java.net.SocketTimeoutException at {@code deadlineNanos}; some may have been read
   * @throws IOException if it breaks or is closed
   * @throws InterruptedException if the thread is interrupted
   */
  default void read(byte[] into, int offset, int length, long deadlineNanos)
      throws IOException, InterruptedException {
    int got = 0;
    while (got < length) {
      int some = readSome(into, offset + got, length - got, deadlineNanos);
      if (some < 0) {
        throw new EOFException("the server closed the connection");
      }
      got += some;
    }
  }

  /** Ends it for both sides at once; again does nothing. */
  @Override
  void close();
}
