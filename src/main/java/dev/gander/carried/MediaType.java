package dev.gander.carried;

import io.netty.util.AsciiString;

/** What HTTP calls a DNS message, RFC 8484 section 6. Any thread. */
public final class MediaType {

  /** Without parameters: it has none. */
  public static final AsciiString MESSAGE = AsciiString.cached("application/dns-message");

  private MediaType() {}

  /**
   * Whether a content-type says so, in whatever case and with whatever parameters (RFC 9110 section
   * 8.3.1).
   */
  public static boolean isMessage(CharSequence contentType) {
    if (MESSAGE.contentEquals(contentType)) {
      return true;
    }
    int end = 0;
    while (end < contentType.length() && contentType.charAt(end) != ';') {
      end++;
    }
    return AsciiString.contentEqualsIgnoreCase(
        MESSAGE, AsciiString.trim(contentType.subSequence(0, end)));
  }
}
