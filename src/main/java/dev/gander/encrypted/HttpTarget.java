package dev.gander.encrypted;

import dev.gander.config.DnsSettings.Upstream;
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

  static final String MESSAGE = "application/dns-message";

  static HttpTarget of(Upstream upstream) {
    String host = upstream.host();
    String shown = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    String authority = upstream.port() == 443 ? shown : shown + ":" + upstream.port();
    boolean get = upstream.option("method").equals(Optional.of("get"));
    return new HttpTarget(shown, authority, upstream.path(), get);
  }

  String pathFor(byte[] message) {
    if (!get) {
      return path;
    }
    String question = Base64.getUrlEncoder().withoutPadding().encodeToString(message);
    return path + (path.indexOf('?') < 0 ? "?" : "&") + "dns=" + question;
  }
}
