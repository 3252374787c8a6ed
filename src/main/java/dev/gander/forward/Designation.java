package dev.gander.forward;

import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.message.Answer;
import dev.gander.message.MalformedMessageException;
import dev.gander.message.ServiceBinding;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An encrypted way to a resolver, as it tells of it itself (RFC 9462 section 4).
 *
 * @param target the host; {@link #ITSELF} for the resolver's own address
 * @param path of HTTP requests, else empty
 * @param hints addresses of the host, as far as they are told
 */
record Designation(
    int priority, Scheme scheme, String target, int port, String path, List<InetAddress> hints) {

  /** The root in an SVCB record: the name that was asked, which stands for the resolver. */
  static final String ITSELF = ".";

  /** The one variable of a DoH template (RFC 8484 section 4.1). */
  private static final String VARIABLE = "{?dns}";

  private static final int HTTPS_PORT = 443;
  private static final int TLS_PORT = 853;

  /** More ways than these are not tried. */
  private static final int MOST = 8;

  /**
   * All that can be tried, the best first: by priority, and where that is the same TLS, HTTPS,
   * QUIC, HTTP/3, for what needs UDP is more often blocked.
   *
   * @param answer to {@code _dns.resolver.arpa SVCB}
   * @throws MalformedMessageException if a record is malformed: then none counts
   */
  static List<Designation> of(Answer answer) throws MalformedMessageException {
    List<ServiceBinding> bindings = ServiceBinding.of(answer);
    if (bindings.stream().anyMatch(it -> it.priority() == ServiceBinding.ALIAS)) {
      // An alias makes the others void (RFC 9460 section 2.4.1), and leads to a name that only an
      // unencrypted question could ask for.
      return List.of();
    }
    List<Designation> all = new ArrayList<>();
    bindings.stream()
        .filter(ServiceBinding::understood)
        .filter(it -> isHost(it.target()))
        .forEach(it -> addWays(it, all));
    return all.stream()
        .sorted(
            Comparator.comparingInt(Designation::priority)
                .thenComparingInt(it -> rank(it.scheme())))
        .limit(MOST)
        .toList();
  }

  private static void addWays(ServiceBinding binding, List<Designation> ways) {
    Optional<String> path = binding.dohPath().flatMap(Designation::path);
    List<String> alpn = binding.alpn();
    if (alpn.contains("dot")) {
      ways.add(way(binding, Scheme.TLS, TLS_PORT, ""));
    }
    if (alpn.contains("doq")) {
      ways.add(way(binding, Scheme.QUIC, TLS_PORT, ""));
    }
    if (path.isPresent() && alpn.contains("h2")) {
      ways.add(way(binding, Scheme.HTTPS, HTTPS_PORT, path.get()));
    }
    if (path.isPresent() && alpn.contains("h3")) {
      ways.add(way(binding, Scheme.H3, HTTPS_PORT, path.get()));
    }
  }

  private static Designation way(ServiceBinding binding, Scheme scheme, int port, String path) {
    return new Designation(
        binding.priority(),
        scheme,
        binding.target().toLowerCase(Locale.ROOT),
        binding.port().orElse(port),
        path,
        binding.hints());
  }

  private static int rank(Scheme scheme) {
    return List.of(Scheme.TLS, Scheme.HTTPS, Scheme.QUIC, Scheme.H3).indexOf(scheme);
  }

  /** The path without its variable, which POST leaves out; none if there is more to fill in. */
  private static Optional<String> path(String template) {
    String path = template.replace(VARIABLE, "");
    boolean whole = path.startsWith("/") && path.chars().noneMatch(it -> it <= ' ' || it > '~');
    return whole && path.indexOf('{') < 0 ? Optional.of(path) : Optional.empty();
  }

  private static boolean isHost(String target) {
    return target.equals(ITSELF)
        || target
            .chars()
            .allMatch(it -> it < 0x80 && (Character.isLetterOrDigit(it) || isMark(it)));
  }

  private static boolean isMark(int letter) {
    return letter == '-' || letter == '.' || letter == '_';
  }
}
