package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The head of a server's answer in HTTP/1.1 (RFC 9112 section 2.1): status, and fields. */
final class HttpHead {

  /** The whole head; servers bound what they take likewise. */
  static final int LONGEST = 16_384;

  private static final Pattern STATUS =
      Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})(?: (.*))?", Pattern.DOTALL);

  private final String[] lines;
  private final int code;
  private final String phrase;

  private HttpHead(String text) throws IOException {
    lines = text.split("\r?\n", -1);
    Matcher status = STATUS.matcher(lines[0]);
    if (!status.matches()) {
      throw new IOException("it does not speak HTTP/1.1: its answer begins otherwise");
    }
    code = Integer.parseInt(status.group(1));
    phrase = status.group(2) == null ? "" : status.group(2);
  }

  /**
   * Takes the head off what came.
   *
   * @return null while it is not whole
   * @throws IOException if it is too long, or none
   */
  static @Nullable HttpHead take(ByteBuf in) throws IOException {
    int length = length(in);
    return length < 0
        ? null
        : new HttpHead(in.readCharSequence(length, StandardCharsets.UTF_8).toString());
  }

  /**
   * How long the head is, with the empty line that ends it. Lines may end without CR.
   *
   * @return -1 while it is not whole
   * @throws IOException if it is longer than {@link #LONGEST}
   */
  static int length(ByteBuf in) throws IOException {
    int start = in.readerIndex();
    int end = start + Math.min(in.readableBytes(), LONGEST);
    int line = start;
    for (int newline = next(in, line, end); newline >= 0; newline = next(in, line, end)) {
      boolean empty = newline == line || (newline == line + 1 && in.getByte(line) == '\r');
      if (empty && line > start) {
        return newline + 1 - start;
      }
      line = newline + 1;
    }
    if (end - start == LONGEST) {
      throw new IOException("the head of its answer exceeds " + LONGEST + " bytes");
    }
    return -1;
  }

  private static int next(ByteBuf in, int from, int end) {
    return in.indexOf(from, end, (byte) '\n');
  }

  /** 100 to 599. */
  int code() {
    return code;
  }

  /** What the server says of the code, fit to be shown. */
  String phrase() {
    return ServerText.shown(phrase);
  }

  /** The value of the last field with this name in lower case; empty: there is none. */
  String field(String name) {
    String value = "";
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
        value = line.substring(colon + 1).strip();
      }
    }
    return value;
  }
}
