package dev.gander.config;

import dev.gander.config.DnsSettings.Ecs;
import dev.gander.config.DnsSettings.IpVersion;
import dev.gander.config.DnsSettings.Manner;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.DnsSettings.UpstreamGroup;
import dev.gander.config.Syntax.Literal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the options {@code ?ecs=} and {@code ?ipversion_prefer=} of upstreams. */
final class Manners {

  static final String ECS = "ecs";
  static final String IPVERSION_PREFER = "ipversion_prefer";

  private final Manner usual;
  private final Problems problems;

  /**
   * @param usual what the keys of {@code dns} say
   */
  Manners(Manner usual, Problems problems) {
    this.usual = usual;
    this.problems = problems;
  }

  /** Of those that have options; a group has its members' if they agree. */
  Map<String, Manner> read(List<Upstream> upstreams, List<UpstreamGroup> groups) {
    Map<String, Manner> manners = new LinkedHashMap<>();
    for (Upstream upstream : upstreams) {
      Manner manner = manner(upstream);
      if (!manner.equals(usual)) {
        manners.put(upstream.name(), manner);
      }
    }
    for (UpstreamGroup group : groups) {
      Set<Manner> members =
          group.upstreams().stream()
              .map(name -> manners.getOrDefault(name, usual))
              .collect(Collectors.toSet());
      if (members.size() == 1) {
        members.forEach(it -> manners.put(group.name(), it));
      } else if (!members.isEmpty()) {
        problems.warning(
            group.place(),
            "the upstreams of `"
                + group.name()
                + "` differ in ecs or ipversion_prefer; "
                + "as members they do as `dns` says",
            "give all of them the same");
      }
    }
    return Map.copyOf(manners);
  }

  private Manner manner(Upstream upstream) {
    try {
      Optional<Literal> ecs = option(upstream, ECS);
      Optional<Literal> version = option(upstream, IPVERSION_PREFER);
      Ecs ownEcs = ecs.isPresent() ? DnsKeys.ecs(ecs.get(), problems) : usual.ecs();
      Optional<IpVersion> ownVersion =
          version.isPresent()
              ? DnsKeys.ipVersion(version.get(), problems)
              : usual.ipversionPrefer();
      return new Manner(ownEcs, ownVersion);
    } catch (BadValue bad) {
      problems.error(bad);
      return usual;
    }
  }

  private static Optional<Literal> option(Upstream upstream, String key) {
    List<String> values = upstream.options().getOrDefault(key, List.of());
    return values.stream().findFirst().map(it -> new Literal(it, true, upstream.place()));
  }
}
