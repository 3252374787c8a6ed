package dev.gander.encrypted;

import dev.gander.carried.MediaType;
import dev.gander.carried.Pieces;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.Headers;
import java.util.concurrent.CompletableFuture;

/** One HTTP response on its way in, of whatever version; checked at its end. The event loop's. */
final class HttpAnswer {

  private static final int LONGEST = 65_535;
  private static final int MISDIRECTED = 421;

  private final String server;
  private final Pieces body = new Pieces(LONGEST);
  private int status;
  private String type = "";
  private String location = "";
  private String alternatives = "";
  private int age;

  HttpAnswer(String server) {
    this.server = server;
  }

  /** Takes a header section; interim ones (1xx) and trailers are passed over. */
  void headers(CharSequence statusText, Headers<CharSequence, CharSequence, ?> headers) {
    int code = number(statusText);
    if (status != 0 || code < 200) {
      return;
    }
    status = code;
    type = text(headers, "content-type");
    location = text(headers, "location");
    alternatives = text(headers, "alt-svc");
    age = number(text(headers, "age").strip());
  }

  private static String text(Headers<CharSequence, CharSequence, ?> headers, String name) {
    CharSequence value = headers.get(name);
    return value == null ? "" : value.toString();
  }

  /**
   * Decimal digits, as many as there are (RFC 9111 section 1.2.2); 0 for anything else, an absent
   * field above all.
   */
  private static int number(CharSequence text) {
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return 0;
      }
      value = Math.min(value * 10 + digit, Integer.MAX_VALUE);
    }
    return (int) value;
  }

  /** Takes a piece of the body; false once there is more than any DNS message has. */
  boolean data(ByteBuf piece) {
    return body.add(piece);
  }

  /** The field {@code Alt-Svc}; empty if there is none. */
  String alternatives() {
    return alternatives;
  }

  /** The server is not the one for this host (RFC 9110 section 15.5.20), though an alternative. */
  boolean misdirected() {
    return status == MISDIRECTED;
  }

  SessionException tooLong() {
    return SessionException.malformed(server + " sent more than 65535 bytes in one answer");
  }

  /** The response is whole: {@code reply} is it, or what is wrong with it. */
  void finish(CompletableFuture<Reply> reply) {
    try {
      reply.complete(reply());
    } catch (SessionException e) {
      reply.completeExceptionally(e);
    }
  }

  private Reply reply() throws SessionException {
    if (status == 0) {
      throw SessionException.malformed(server + " sent no HTTP status");
    }
    if (status >= 300 && status < 400) {
      throw SessionException.refused(
          server
              + " redirects (HTTP "
              + status
              + ") to '"
              + location
              + "': write that URL instead");
    }
    if (status != 200) {
      throw SessionException.refused(server + " says HTTP " + status + hint());
    }
    if (!MediaType.isMessage(type)) {
      throw SessionException.malformed(
          server + " sent '" + type + "' and not " + MediaType.MESSAGE + ": is the path right?");
    }
    return new Reply(body.whole(), age);
  }

  private String hint() {
    return switch (status) {
      case 404 -> " (not found): is the path right?";
      case 401, 403 -> " (not allowed)";
      case 405 -> " (method not allowed): try the other `method=`";
      case 429 -> " (too many requests)";
      default -> "";
    };
  }
}
