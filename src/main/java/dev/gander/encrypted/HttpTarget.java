package dev.gander.encrypted;

import dev.gander.carried.MediaType;
import dev.gander.config.DnsSettings.Upstream;
import io.netty.handler.codec.Headers;
import io.netty.util.AsciiString;
import java.util.Base64;
import java.util.Optional;

/**
 * Where a DoH server takes questions.
 *
 * @param host in brackets if it is an IPv6 address
 * @param authority host, with the port unless it is 443
 * @param get whether the question stands in the path, so that HTTP caches help (RFC 8484 section
 *     4.1)
 */
record HttpTarget(String host, String authority, String path, boolean get) {

  private static final AsciiString METHOD = AsciiString.cached(":method");
  private static final AsciiString SCHEME = AsciiString.cached(":scheme");
  private static final AsciiString AUTHORITY = AsciiString.cached(":authority");
  private static final AsciiString PATH = AsciiString.cached(":path");

  static HttpTarget of(Upstream upstream) {
    String host = upstream.host();
    String shown = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    String authority = upstream.port() == 443 ? shown : shown + ":" + upstream.port();
    boolean get = upstream.option("method").equals(Optional.of("get"));
    return new HttpTarget(shown, authority, upstream.path(), get);
  }

  /** The header section of a question, of whatever version of HTTP that has pseudo-headers. */
  void describe(byte[] message, Headers<CharSequence, CharSequence, ?> headers) {
    headers.add(METHOD, get ? "GET" : "POST");
    headers.add(SCHEME, "https");
    headers.add(AUTHORITY, authority);
    headers.add(PATH, pathFor(message));
    headers.add("accept", MediaType.MESSAGE);
    if (!get) {
      headers.add("content-type", MediaType.MESSAGE);
      headers.addInt("content-length", message.length);
    }
  }

  private String pathFor(byte[] message) {
    if (!get) {
      return path;
    }
    String question = Base64.getUrlEncoder().withoutPadding().encodeToString(message);
    return path + (path.indexOf('?') < 0 ? "?" : "&") + "dns=" + question;
  }
}
