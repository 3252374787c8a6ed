package dev.gander.config;

import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.config.Syntax.Literal;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads what stands behind the {@code ?} of an upstream's URL, and puts values into one form: files
 * are absolute paths, pins the 44 letters of a SHA-256 in Base64.
 */
final class UpstreamOptions {

  /** Ask the server for an encrypted way to it (RFC 9462). */
  static final String DDR = "ddr";

  /** For a plain upstream, too, with {@link #DDR}: whom to trust about the ways that it tells. */
  private static final String CA = "ca";

  private static final Set<Scheme> ALL = EnumSet.allOf(Scheme.class);
  private static final Set<Scheme> ENCRYPTED =
      EnumSet.of(Scheme.TLS, Scheme.QUIC, Scheme.HTTPS, Scheme.H3);
  private static final Set<Scheme> PLAIN = EnumSet.complementOf(EnumSet.copyOf(ENCRYPTED));
  private static final Set<Scheme> HTTP = EnumSet.of(Scheme.HTTPS, Scheme.H3);
  private static final Set<Scheme> EARLY = EnumSet.of(Scheme.QUIC);

  private static final Map<String, Set<Scheme>> KNOWN =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("ip", ALL),
              Map.entry("sni", ENCRYPTED),
              Map.entry("verify", ENCRYPTED),
              Map.entry("pin", ENCRYPTED),
              Map.entry(CA, ENCRYPTED),
              Map.entry("client_cert", ENCRYPTED),
              Map.entry("client_key", ENCRYPTED),
              Map.entry("http", HTTP),
              Map.entry("method", HTTP),
              Map.entry("early_data", EARLY),
              Map.entry("ecs", ALL)));

  static {
    KNOWN.put(DDR, PLAIN);
    KNOWN.put("interface", ALL);
    KNOWN.put("bind", ALL);
    KNOWN.put(Manners.ECS, ALL);
    KNOWN.put(Manners.IPVERSION_PREFER, ALL);
  }

  /** Shorter keys are like one of ours by accident. */
  private static final int LEAST_MISSPELT = 4;

  private static final Set<String> REPEATABLE = Set.of("ip", "pin");

  private final Place place;
  private final Problems problems;

  UpstreamOptions(Place place, Problems problems) {
    this.place = place;
    this.problems = problems;
  }

  /**
   * Options by key, in the order written.
   *
   * @throws BadValue at the first that cannot be read
   */
  Map<String, List<String>> read(Scheme scheme, String query) throws BadValue {
    Map<String, List<String>> options = new LinkedHashMap<>();
    boolean discovers = Arrays.stream(query.split("&")).anyMatch(it -> it.startsWith(DDR + "="));
    for (String option : query.split("&", -1)) {
      if (!option.isEmpty()) {
        int equal = option.indexOf('=');
        String key = equal < 0 ? option : option.substring(0, equal);
        if (isServers(scheme, key)) {
          continue;
        }
        if (!discovers || !key.equals(CA)) {
          checkKnown(scheme, key);
        }
        String written = equal < 0 ? "" : option.substring(equal + 1);
        List<String> values = options.computeIfAbsent(key, name -> new ArrayList<>());
        if (!values.isEmpty() && !REPEATABLE.contains(key)) {
          throw new BadValue(place, "the option `" + key + "` is given twice", "remove one");
        }
        if (key.equals("ip")) {
          values.addAll(addresses(key, written));
        } else if (key.equals("bind")) {
          values.addAll(sources(addresses(key, written)));
        } else {
          values.add(value(key, written));
        }
      }
    }
    checkTogether(options);
    options.replaceAll((key, values) -> List.copyOf(values));
    return Collections.unmodifiableMap(options);
  }

  /**
   * What of the query is the server's business: of HTTP URLs all that is no option of gander's.
   *
   * @return such as {@code ?token=x}, empty if there is nothing
   */
  static String ofServer(Scheme scheme, String query) {
    StringBuilder rest = new StringBuilder();
    for (String option : query.split("&", -1)) {
      int equal = option.indexOf('=');
      if (!option.isEmpty() && isServers(scheme, equal < 0 ? option : option.substring(0, equal))) {
        rest.append(rest.isEmpty() ? '?' : '&').append(option);
      }
    }
    return rest.toString();
  }

  /** A key of an HTTP URL that is not ours, nor looks like one of ours misspelt. */
  private static boolean isServers(Scheme scheme, String key) {
    return HTTP.contains(scheme)
        && !KNOWN.containsKey(key)
        && (key.length() < LEAST_MISSPELT || Suggestions.nearest(key, KNOWN.keySet()).isEmpty());
  }

  /** Of this machine: one of each family at most. */
  private List<String> sources(List<String> addresses) throws BadValue {
    List<InetAddress> sources = new ArrayList<>();
    for (String address : addresses) {
      Bindings.add(sources, InetAddress.ofLiteral(address), place);
    }
    return addresses;
  }

  private List<String> addresses(String key, String written) throws BadValue {
    List<String> addresses = new ArrayList<>();
    for (String each : written.split(",", -1)) {
      String text = each.startsWith("[") && each.endsWith("]") ? inside(each) : each;
      InetAddress address = Addresses.parse(text);
      if (address == null) {
        throw new BadValue(
            place,
            "`" + Text.shortened(each) + "` is no IP address",
            "write " + key + "=192.0.2.1 or " + key + "=192.0.2.1,2001:db8::1");
      }
      addresses.add(address.getHostAddress());
    }
    return addresses;
  }

  private static String inside(String brackets) {
    return brackets.substring(1, brackets.length() - 1);
  }

  private void checkKnown(Scheme scheme, String key) throws BadValue {
    Set<Scheme> schemes = KNOWN.get(key);
    if (schemes == null) {
      throw new BadValue(
          place,
          "an upstream has no option `" + Text.shortened(key) + "`",
          Suggestions.forName(key, KNOWN.keySet()));
    }
    if (!schemes.contains(scheme)) {
      List<String> fitting =
          schemes.stream().map(it -> it.name().replace('_', '+') + "://").sorted().toList();
      throw new BadValue(
          place,
          "the option `" + key + "` is no use to " + scheme.name().replace('_', '+') + "://",
          "it is for " + String.join(", ", fitting));
    }
  }

  private String value(String key, String written) throws BadValue {
    if (written.isEmpty()) {
      throw new BadValue(place, "the option `" + key + "` has no value", "write " + key + "=…");
    }
    return switch (key) {
      case "sni" -> Names.check(place, written);
      case "interface" -> device(written);
      case "pin" -> pin(written);
      case "verify" -> oneOf(key, written, "system", "none");
      case "http" -> oneOf(key, written, "2", "3");
      case "method" -> oneOf(key, written, "post", "get");
      case DDR -> oneOf(key, written, "true", "required", "opportunistic");
      case "early_data" -> oneOf(key, written, "true", "false");
      case CA, "client_cert" -> new PemFiles(place).certificates(key, written);
      case "client_key" -> new PemFiles(place).key(key, written);
      default -> written;
    };
  }

  private String device(String written) throws BadValue {
    return Bindings.device(new Literal(written, true, place), problems).orElse("");
  }

  private String oneOf(String key, String written, String... allowed) throws BadValue {
    if (!List.of(allowed).contains(written)) {
      throw new BadValue(
          place,
          "`" + Text.shortened(written) + "` is no value of `" + key + "`",
          "write " + key + "=" + String.join(" or " + key + "=", allowed));
    }
    return written;
  }

  /**
   * RFC 7858 § 4.2: the SHA-256 of the key's SubjectPublicKeyInfo. A {@code +} may be {@code %2B}.
   */
  private String pin(String written) throws BadValue {
    String prefix = "sha256/";
    if (written.startsWith(prefix)) {
      String base64 = written.substring(prefix.length()).replace("%2B", "+").replace("%2F", "/");
      try {
        byte[] hash =
            base64.indexOf('-') >= 0 || base64.indexOf('_') >= 0
                ? Base64.getUrlDecoder().decode(base64)
                : Base64.getDecoder().decode(base64);
        if (hash.length == 32) {
          return Base64.getEncoder().encodeToString(hash);
        }
      } catch (IllegalArgumentException e) {
        throw noPin(written);
      }
    }
    throw noPin(written);
  }

  private BadValue noPin(String written) {
    return new BadValue(
        place,
        "`" + Text.shortened(written) + "` is no pin",
        "write pin=sha256/ and the Base64 of the 32 bytes; kdig +tls shows it as PIN");
  }

  private void checkTogether(Map<String, List<String>> options) throws BadValue {
    if (options.containsKey("client_cert") != options.containsKey("client_key")) {
      throw new BadValue(
          place, "`client_cert` and `client_key` go together", "give both, or remove the one");
    }
    List<String> certificates = options.get("client_cert");
    List<String> keys = options.get("client_key");
    if (certificates != null && keys != null) {
      new PemFiles(place).pair(certificates.getFirst(), keys.getFirst());
    }
    boolean none = options.getOrDefault("verify", List.of()).contains("none");
    if (none && (options.containsKey(CA) || options.containsKey("pin"))) {
      throw new BadValue(
          place, "`verify=none` makes nothing of `ca` and `pin`", "remove `verify=none`");
    }
    if (none) {
      problems.warning(
          place,
          "with `verify=none` whoever sits on the path can read and answer in the server's name",
          "use `ca=FILE` or `pin=sha256/…`");
    }
  }
}
