package dev.gander.front;

import dev.gander.carried.MediaType;
import dev.gander.carried.Pieces;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request of DNS over HTTPS (RFC 8484) on its way in, the same in all versions of HTTP; HEAD is a
 * GET whose response has no body (RFC 9110 section 9.3.2). The event loop's.
 */
final class DohRequest {

  /** The longest DNS message. */
  static final int LONGEST = 65_535;

  private static final AsciiString DNS = AsciiString.cached("?dns=");

  private final CharSequence method;
  private final CharSequence target;
  private final @Nullable CharSequence type;
  private final Pieces body = new Pieces(LONGEST);
  private boolean claimed;

  /**
   * @param target path and query
   * @param type the content-type, if there is one
   */
  DohRequest(CharSequence method, CharSequence target, @Nullable CharSequence type) {
    this.method = method;
    this.target = target;
    this.type = type;
  }

  /** A request that is no DNS query: what to answer instead. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;
    private final transient HttpResponseStatus status;

    RefusedException(HttpResponseStatus status, String why) {
      super(why, null, false, false); // by the thousand, if somebody likes
      this.status = status;
    }

    HttpResponseStatus status() {
      return status;
    }
  }

  /** Takes a piece of the body; false once there is more than any DNS message has. */
  boolean data(ByteBuf piece) {
    return body.add(piece);
  }

  /** Whether it is still to be answered: true once. */
  boolean claim() {
    boolean first = !claimed;
    claimed = true;
    return first;
  }

  /** Whether its response has no body. */
  boolean head() {
    return HttpMethod.HEAD.asciiName().contentEquals(method);
  }

  /**
   * The message in it, once it is whole.
   *
   * @param path where DNS is
   */
  byte[] message(AsciiString path) throws RefusedException {
    boolean get = HttpMethod.GET.asciiName().contentEquals(method) || head();
    int dns = path.length() + DNS.length();
    if (get && startsWith(path, 0) && startsWith(DNS, path.length()) && plainFrom(dns)) {
      return decoded(target.subSequence(dns, target.length()));
    }
    QueryStringDecoder uri = path.contentEquals(target) ? null : decoder();
    if (uri != null && !path.contentEquals(uri.path())) {
      throw new RefusedException(HttpResponseStatus.NOT_FOUND, "DNS is at " + path);
    }
    if (get) {
      return decoded(parameter(uri));
    }
    if (!HttpMethod.POST.asciiName().contentEquals(method)) {
      throw new RefusedException(HttpResponseStatus.METHOD_NOT_ALLOWED, "GET or POST");
    }
    if (type == null || !MediaType.isMessage(type)) {
      throw new RefusedException(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          "the content-type must be " + MediaType.MESSAGE);
    }
    return body.whole();
  }

  private boolean startsWith(AsciiString part, int at) {
    return AsciiString.regionMatches(target, false, at, part, 0, part.length());
  }

  /** Whether nothing from there on has a meaning in a query of a URI. */
  private boolean plainFrom(int at) {
    for (int i = at; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '%' || c == '&' || c == ';' || c == '#' || c == '+') {
        return false;
      }
    }
    return true;
  }

  private QueryStringDecoder decoder() throws RefusedException {
    try {
      QueryStringDecoder uri = new QueryStringDecoder(target.toString());
      String _ = uri.path(); // decodes it
      return uri;
    } catch (IllegalArgumentException e) {
      throw new RefusedException(HttpResponseStatus.BAD_REQUEST, "this is no path");
    }
  }

  private static String parameter(@Nullable QueryStringDecoder uri) throws RefusedException {
    try {
      List<String> given = uri == null ? null : uri.parameters().get("dns");
      if (given != null && given.size() == 1) {
        return given.getFirst();
      }
    } catch (IllegalArgumentException e) {
      throw new RefusedException(HttpResponseStatus.BAD_REQUEST, "this is no query of a URI");
    }
    throw new RefusedException(HttpResponseStatus.BAD_REQUEST, "one parameter dns is needed");
  }

  private static byte[] decoded(CharSequence dns) throws RefusedException {
    try {
      return Base64.getUrlDecoder().decode(dns.toString().getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new RefusedException(HttpResponseStatus.BAD_REQUEST, "dns must be base64url");
    }
  }
}
