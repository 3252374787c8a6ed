package dev.gander.geodata;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads protobuf fields from a file through one small window, so that memory does not grow with the
 * file. Every read is checked against the end of the message it belongs to.
 */
final class ProtoReader implements Closeable {

  /** The most a leaf message (one domain, one prefix) may take. */
  static final int WINDOW = 64 * 1024;

  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private final Path file;
  private final FileChannel channel;
  private final byte[] window = new byte[WINDOW];
  private final ByteBuffer view = ByteBuffer.wrap(window);

  /** Where in the file {@code window[0]} lies. */
  private long windowStart;

  private int next;
  private int filled;

  /** Where the message being read ends. */
  private long limit;

  ProtoReader(Path file) throws IOException {
    this.file = file;
    this.channel = FileChannel.open(file, StandardOpenOption.READ);
    this.limit = channel.size();
  }

  long position() {
    return windowStart + next;
  }

  boolean atEnd() {
    return position() >= limit;
  }

  /** Goes to {@code position} and reads up to {@code end} from there. */
  void seek(long position, long end) {
    if (position >= windowStart && position <= windowStart + filled) {
      next = (int) (position - windowStart);
    } else {
      windowStart = position;
      next = 0;
      filled = 0;
    }
    limit = end;
  }

  /** Makes the next {@code length} bytes the message being read; give the result to leave(). */
  long enter(long length) throws GeoDataException {
    long outer = limit;
    if (length < 0 || length > limit - position()) {
      throw error("a length of " + length + " runs past the end, the file is cut short or damaged");
    }
    limit = position() + length;
    return outer;
  }

  /** Ends the message begun by enter(), skipping what was not read of it. */
  void leave(long outer) {
    seek(limit, outer);
  }

  /** The next field's number and wire type: {@code number << 3 | type}. */
  int tag() throws IOException {
    long tag = varint();
    if (tag < 8 || tag > Integer.MAX_VALUE) {
      throw error("no field begins here, the file is damaged or of another format");
    }
    return (int) tag;
  }

  long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int b = octet();
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw error("a number is longer than ten bytes, the file is damaged");
  }

  /** Skips the value of a field whose tag was just read. */
  void skip(int tag) throws IOException {
    switch (tag & 7) {
      case VARINT -> varint();
      case FIXED64 -> leave(enter(8));
      case BYTES -> leave(enter(varint()));
      case FIXED32 -> leave(enter(4));
      default -> throw error("wire type " + (tag & 7) + " is not in use, the file is damaged");
    }
  }

  /**
   * Like enter(), and brings the whole message into the window: until it is left, reading it moves
   * nothing, so that what load() returned within it stays valid.
   */
  long enterWhole(long length) throws IOException {
    long outer = enter(length);
    if (length > WINDOW) {
      throw error("an element of " + length + " bytes, longer than the " + WINDOW + " allowed");
    }
    need((int) length);
    return outer;
  }

  /**
   * Steps over the next {@code length} bytes, which are then in the window in one piece.
   *
   * @return where in bytes() they begin
   */
  int load(long length) throws IOException {
    long outer = enterWhole(length);
    int start = next;
    next += (int) length;
    limit = outer;
    return start;
  }

  byte[] bytes() {
    return window;
  }

  GeoDataException error(String what) {
    return new GeoDataException(file, position(), what);
  }

  private int octet() throws IOException {
    if (atEnd()) {
      throw error("the file or a message in it ends too early");
    }
    need(1);
    return window[next++] & 0xff;
  }

  private void need(int count) throws IOException {
    if (filled - next >= count) {
      return;
    }
    System.arraycopy(window, next, window, 0, filled - next);
    windowStart += next;
    filled -= next;
    next = 0;
    while (filled < count) {
      view.clear().position(filled);
      int got = channel.read(view, windowStart + filled);
      if (got < 0) {
        throw error("the file ends too early");
      }
      filled += got;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
