package dev.gander.cli;

import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.config.DnsSettings.Upstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * Whom {@code gander query} asks.
 *
 * @param host a name or an address, without brackets
 * @param upstream how, where that was written as a URL
 */
record QueryServer(String host, int port, Optional<Upstream> upstream) {

  private static final int DEFAULT_PORT = 53;

  /** That address and port. */
  static QueryServer of(InetSocketAddress endpoint) {
    return new QueryServer(
        endpoint.getAddress().getHostAddress(), endpoint.getPort(), Optional.empty());
  }

  /**
   * Reads what stands behind the {@code @}: {@code HOST}, {@code HOST:PORT}, {@code [IPv6]:PORT},
   * or a URL as an upstream's, whose files count from the working directory.
   *
   * @throws ConfigException if the URL is none
   * @throws IllegalArgumentException if it is no server in another way
   */
  static QueryServer parse(String text) throws ConfigException {
    if (text.contains("://")) {
      Upstream upstream = upstream(text);
      return new QueryServer(upstream.host(), upstream.port(), Optional.of(upstream));
    }
    int colon = text.lastIndexOf(':');
    boolean bare =
        colon < 0 || text.endsWith("]") || (text.indexOf(':') < colon && !text.startsWith("["));
    String host = bare ? text : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    int port = bare ? DEFAULT_PORT : Integer.parseInt(text.substring(colon + 1));
    if (host.isEmpty() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("no host or no port");
    }
    return new QueryServer(host, port, Optional.empty());
  }

  private static Upstream upstream(String url) throws ConfigException {
    String quote = url.indexOf('\'') < 0 ? "'" : "\"";
    String text = "global { } dns { upstream { server: " + quote + url + quote + " } } routing { }";
    return ConfigFile.parse(text, "@").settings().dns().upstreams().getFirst();
  }

  /** Whether it is asked over TLS or QUIC. */
  boolean encrypted() {
    return upstream.isPresent() && upstream.get().scheme().encrypted();
  }

  /** Whether it was written as a server of TCP. */
  boolean overTcp() {
    return upstream.isPresent() && upstream.get().scheme() == Upstream.Scheme.TCP;
  }

  /**
   * Its address: the first that the option {@code ip} names, else what the system says.
   *
   * @throws IOException if there is none
   */
  InetSocketAddress address() throws IOException {
    String written = upstream.flatMap(it -> it.option("ip")).orElse(host);
    try {
      return new InetSocketAddress(InetAddress.getAllByName(written)[0], port);
    } catch (UnknownHostException e) {
      throw new IOException("this system knows no address of " + host, e);
    }
  }
}
