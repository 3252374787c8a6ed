package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** What a server says in words, made fit for one line of a message. */
final class ServerText {

  private static final int LONGEST = 200;

  private ServerText() {}

  /** The first {@code length} bytes, which are taken. */
  static String take(ByteBuf in, int length) {
    String text = in.readCharSequence(length, StandardCharsets.UTF_8).toString();
    return shown(text);
  }

  /** Without what could end a line or disturb a terminal. */
  static String shown(String text) {
    String some = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    return some.replaceAll("\\p{C}+", " ").strip();
  }
}
