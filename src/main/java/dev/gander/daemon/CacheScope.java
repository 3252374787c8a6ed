package dev.gander.daemon;

import dev.gander.config.DnsSettings;
import dev.gander.config.DnsSettings.DnsRules;
import dev.gander.config.Rule;
import dev.gander.config.Settings;
import dev.gander.geodata.GeoDataFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Stream;

/**
 * Whether a cache filled under one configuration may serve another. Entries are kept by question
 * and upstream, after the response rules; so everything counts that decides what an upstream's
 * answer is and how long it holds. Request rules do not: they only pick the entry. Places do not: a
 * file that was only moved about keeps its cache.
 */
final class CacheScope {

  private CacheScope() {}

  /**
   * All that counts, as text: configurations with equal texts may share a cache, also one that
   * outlives the process. Geodata files that response rules read count by name, size and time of
   * change.
   */
  static String fingerprint(Settings settings, GeoDataFiles geodata) {
    StringJoiner text = new StringJoiner("\n").add(text(settings));
    addFiles(settings.dns().response(), geodata, text);
    return text.toString();
  }

  private static void addFiles(DnsRules rules, GeoDataFiles geodata, StringJoiner text) {
    rules.rules().stream()
        .flatMap(rule -> rule.terms().stream())
        .flatMap(term -> term.parameters().stream())
        .map(CacheScope::fileOf)
        .filter(name -> !name.isEmpty())
        .distinct()
        .forEach(name -> text.add(name + stamp(geodata.find(name))));
  }

  private static String fileOf(Rule.Parameter parameter) {
    String value = parameter.value();
    return switch (parameter.key()) {
      case "geosite" -> "geosite.dat";
      case "geoip" -> "geoip.dat";
      case "ext" -> value.substring(0, Math.max(0, value.lastIndexOf(':')));
      default -> "";
    };
  }

  private static String stamp(Optional<Path> file) {
    try {
      return file.isEmpty()
          ? ""
          : " " + file.get() + Files.size(file.get()) + Files.getLastModifiedTime(file.get());
    } catch (IOException e) {
      return " cannot be read";
    }
  }

  /**
   * The same for answers that depend on request rules and names of hosts, too.
   *
   * @param hosts the hosts file, by time of change
   */
  static String wholeFingerprint(Settings settings, GeoDataFiles geodata, Path hosts) {
    DnsSettings dns = settings.dns();
    StringJoiner text = new StringJoiner("\n").add(fingerprint(settings, geodata));
    addRules(dns.request().rules(), dns.request().fallback(), text);
    // Classes of clients are told apart by these as well.
    addRules(settings.routing().rules(), settings.routing().fallback(), text);
    addFiles(dns.request(), geodata, text);
    text.add(String.valueOf(dns.hosts()));
    text.add(dns.useHosts() ? stamp(Optional.of(hosts)) : "");
    return text.toString();
  }

  private static String text(Settings settings) {
    DnsSettings dns = settings.dns();
    StringJoiner text = new StringJoiner("\n");
    dns.upstreams()
        .forEach(it ->
            text.add("upstream " + it.name() + it.scheme() + it.host() + " " + it.port())
                .add(it.path() + it.options()));
    dns.upstreamGroups()
        .forEach(it -> text.add("group " + it.name() + it.upstreams() + it.policy()));
    addRules(dns.response().rules(), dns.response().fallback(), text);
    Stream.of(
            settings.global().soMark(),
            settings.global().bootstrapResolvers(),
            settings.global().fallbackResolver(),
            dns.ipversionPrefer(),
            dns.fixedDomainTtl(),
            dns.optimisticCache(),
            dns.optimisticCacheTtl(),
            dns.maxCacheSize(),
            dns.cacheSizeBytes(),
            dns.minTtl(),
            dns.maxTtl(),
            dns.negativeTtlMax(),
            dns.rejectAnswer(),
            dns.rebindProtection(),
            dns.ecs(),
            dns.mixCase())
        .forEach(value -> text.add(String.valueOf(value)));
    return text.toString();
  }

  private static void addRules(List<Rule> rules, Rule.Outbound fallback, StringJoiner text) {
    for (Rule rule : rules) {
      for (Rule.Term term : rule.terms()) {
        text.add("term " + term.negated() + term.function());
        term.parameters().forEach(it -> text.add(it.key() + ":" + it.value()));
      }
      text.add("-> " + outbound(rule.outbound()));
    }
    text.add("fallback " + outbound(fallback));
  }

  private static String outbound(Rule.Outbound outbound) {
    return outbound.name() + outbound.must() + outbound.mark();
  }
}
