package dev.gander.front;

import dev.gander.carried.MediaType;
import dev.gander.front.DohRequest.RefusedException;
import dev.gander.message.Lifetime;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;

/**
 * A response of DNS over HTTPS, the same in all versions of HTTP.
 *
 * @param fields names and values, in turn
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record DohResponse(HttpResponseStatus status, AsciiString[] fields, byte[] body) {

  private static final AsciiString TEXT = AsciiString.cached("text/plain; charset=utf-8");
  private static final AsciiString METHODS = AsciiString.cached("GET, POST");
  private static final String MAX_AGE = "max-age=";

  /** The reply to a query. */
  static DohResponse reply(byte[] message) {
    AsciiString[] fields = {
      HttpHeaderNames.CONTENT_TYPE, MediaType.MESSAGE,
      HttpHeaderNames.CONTENT_LENGTH, decimal("", message.length),
      HttpHeaderNames.CACHE_CONTROL, decimal(MAX_AGE, Lifetime.seconds(message))
    };
    return new DohResponse(HttpResponseStatus.OK, fields, message);
  }

  /** To a request that is no query. */
  static DohResponse refusal(RefusedException refused) {
    byte[] why = (refused.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
    AsciiString length = decimal("", why.length);
    AsciiString[] fields =
        refused.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)
            ? new AsciiString[] {
              HttpHeaderNames.CONTENT_TYPE, TEXT,
              HttpHeaderNames.CONTENT_LENGTH, length,
              HttpHeaderNames.ALLOW, METHODS
            }
            : new AsciiString[] {
              HttpHeaderNames.CONTENT_TYPE, TEXT, HttpHeaderNames.CONTENT_LENGTH, length
            };
    return new DohResponse(refused.status(), fields, why);
  }

  private static AsciiString decimal(String before, int value) {
    int digits = 1;
    for (int left = value / 10; left > 0; left /= 10) {
      digits++;
    }
    byte[] text = new byte[before.length() + digits];
    for (int i = 0; i < before.length(); i++) {
      text[i] = (byte) before.charAt(i);
    }
    int left = value;
    for (int i = text.length - 1; i >= before.length(); i--) {
      text[i] = (byte) ('0' + left % 10);
      left /= 10;
    }
    return new AsciiString(text, false);
  }
}
