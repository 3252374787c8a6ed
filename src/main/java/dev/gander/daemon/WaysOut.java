package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.GlobalSettings;
import dev.gander.config.Settings;
import dev.gander.dial.Dialer;
import dev.gander.forward.Exits;
import dev.gander.group.GroupParts;
import dev.gander.group.Groups;
import dev.gander.group.Node;
import dev.gander.group.Nodes;
import dev.gander.group.Nodes.Subscribed;
import dev.gander.observe.Counters;
import dev.gander.path.PathChoice;
import dev.gander.path.Ways;
import dev.gander.proxy.Lookup;
import dev.gander.proxy.ProxyTls;
import dev.gander.proxy.ProxyTls.Pieces;
import dev.gander.route.TrafficRouter;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.IntFunction;

/** What of a generation leads out of the machine where there are traffic rules. */
final class WaysOut implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");

  /** What its generation lends it. */
  record Parts(Clock clock, Executor threads, Counters counters) {}

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
   * @param straight stays the caller's
   * @param marked makes a straight dialer with a mark, which is closed here
   * @param lookups the addresses of the servers of a node
   * @param subscribed nodes beside those of the file
   */
  static WaysOut of(
      Settings settings,
      TrafficRouter rules,
      Dialer straight,
      IntFunction<Dialer> marked,
      Function<Node, Lookup> lookups,
      List<Subscribed> subscribed,
      Parts parts) {
    SecureRandom random = new SecureRandom();
    ProxyTls tls = tls(settings.global());
    Ways ways = new Ways(straight, marked, lookups, tls, parts.clock(), random, parts.counters());
    Nodes nodes = Nodes.of(settings.nodes(), subscribed);
    GroupParts groupParts =
        new GroupParts(
            ways::exit, Optional.empty(), parts.clock(), parts.threads(), random, parts.counters());
    Groups groups = new Groups(settings, nodes, groupParts);
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

  private static ProxyTls tls(GlobalSettings global) {
    Pieces pieces =
        new Pieces(
            global.tlsFragmentLength().least(),
            global.tlsFragmentLength().most(),
            global.tlsFragmentInterval().least(),
            global.tlsFragmentInterval().most());
    return new ProxyTls(
        Optional.empty(),
        global.allowInsecure(),
        global.tlsFragment() ? Optional.of(pieces) : Optional.empty());
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
