package dev.gander.geodata;

import java.io.IOException;
import java.nio.file.Path;

/** A geodata file is truncated, corrupt or of the other kind; the message names file and offset. */
public final class GeoDataException extends IOException {

  private static final long serialVersionUID = 1L;

  private final long offset;

  GeoDataException(Path file, long offset, String what) {
    super(file + ": at byte " + offset + ": " + what);
    this.offset = offset;
  }

  /** Bytes from the start of the file to where reading failed. */
  public long offset() {
    return offset;
  }
}
