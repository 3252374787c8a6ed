package dev.gander.daemon;

import dev.gander.config.Settings;
import dev.gander.forward.Exits;
import dev.gander.group.Groups;
import dev.gander.group.Node;
import dev.gander.group.Nodes;
import dev.gander.group.Nodes.Subscribed;
import dev.gander.path.PathChoice;
import dev.gander.path.Ways;
import dev.gander.proxy.Lookup;
import dev.gander.route.TrafficRouter;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** What of a generation leads out of the machine where there are traffic rules. */
final class WaysOut implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");

  private final Settings settings;
  private final TrafficRouter rules;
  private final Groups groups;
  private final Ways ways;
  private final Exits exits;

  private WaysOut(Settings settings, TrafficRouter rules, Groups groups, Ways ways) {
    this.settings = settings;
    this.rules = rules;
    this.groups = groups;
    this.ways = ways;
    exits = new PathChoice(rules, groups, ways);
  }

  /**
   * Opens nothing; what cannot be used is said in the log.
   *
   * @param outward stays the caller's
   * @param lookups the addresses of the servers of a node
   * @param subscribed nodes beside those of the file
   */
  static WaysOut of(
      Outward outward,
      TrafficRouter rules,
      Function<Node, Lookup> lookups,
      List<Subscribed> subscribed) {
    Settings settings = outward.settings();
    SecureRandom random = new SecureRandom();
    Ways ways =
        new Ways(
            outward.dialer(),
            outward::dialer,
            lookups,
            outward.proxyTls(),
            outward.clock(),
            random,
            outward.counters());
    Nodes nodes = Nodes.of(settings.nodes(), subscribed);
    Groups groups = new Groups(settings, nodes, outward.groupParts(ways::exit, random));
    nodes.warnings().forEach(it -> LOG.log(Level.WARNING, it));
    groups.warnings().forEach(it -> LOG.log(Level.WARNING, it));
    return new WaysOut(settings, rules, groups, ways);
  }

  /** Subscriptions have brought other nodes. */
  void fill(List<Subscribed> subscribed) {
    Nodes nodes = Nodes.of(settings.nodes(), subscribed);
    nodes.warnings().forEach(it -> LOG.log(Level.WARNING, it));
    groups.fill(nodes);
  }

  /** Takes over what is known of the nodes. */
  void learnFrom(WaysOut before) {
    groups.learnFrom(before.groups);
  }

  /** Has the nodes checked that rules lead to. Returns at once. */
  void start() {
    groups.start(Set.copyOf(rules.groups()));
  }

  Groups groups() {
    return groups;
  }

  Exits exits() {
    return exits;
  }

  @Override
  public void close() {
    groups.close();
    ways.close();
  }
}
