package dev.gander.proxy;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/** Random letters of a random number, which hide how long a message is. */
final class Padding {

  private static final String LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";

  private Padding() {}

  /** At least {@code least} of them and fewer than {@code most}. */
  static String text(SecureRandom random, int least, int most) {
    byte[] bytes = new byte[random.nextInt(least, most)];
    random.nextBytes(bytes);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) LETTERS.charAt(bytes[i] & 63);
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
