package dev.gander.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How far a reload or suspend has come, as the progress file says it: one code byte, a newline, and
 * text for people. The codes are dae's, so that front ends written for dae can read the file.
 *
 * @param text one or more lines without a newline at the end; may be empty
 */
public record Progress(Code code, String text) {

  /** The first byte of the file. */
  public enum Code {
    SEND('0'),
    PROCESSING('1'),
    DONE('2'),
    ERROR('3'),
    BUSY('4');

    private final char letter;

    Code(char letter) {
      this.letter = letter;
    }

    /** True once nothing more will happen to the request. */
    public boolean isFinal() {
      return switch (this) {
        case SEND, PROCESSING -> false;
        case DONE, ERROR, BUSY -> true;
      };
    }
  }

  byte[] toBytes() {
    return (code.letter + "\n" + text).getBytes(StandardCharsets.UTF_8);
  }

  static Optional<Progress> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String content = Files.readString(file);
    for (Code code : Code.values()) {
      if (content.startsWith(code.letter + "\n")) {
        return Optional.of(new Progress(code, content.substring(2)));
      }
    }
    return Optional.empty();
  }
}
