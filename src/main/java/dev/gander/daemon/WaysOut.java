package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.Settings;
import dev.gander.dial.Dialer;
import dev.gander.forward.Exits;
import dev.gander.group.Groups;
import dev.gander.group.Nodes;
import dev.gander.observe.Counters;
import dev.gander.path.PathChoice;
import dev.gander.path.Ways;
import dev.gander.proxy.Lookup;
import dev.gander.proxy.ProxyTls;
import dev.gander.route.TrafficRouter;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/** What of a generation leads out of the machine where there are traffic rules. */
final class WaysOut implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");

  private final Groups groups;
  private final Ways ways;
  private final Exits exits;

  private WaysOut(Groups groups, Ways ways, Exits exits) {
    this.groups = groups;
    this.ways = ways;
    this.exits = exits;
  }

  /**
   * Opens nothing; what cannot be used is said in the log.
   *
   * @param straight stays the caller's
   * @param marked makes a straight dialer with a mark, which is closed here
   */
  static WaysOut of(
      Settings settings,
      TrafficRouter rules,
      Dialer straight,
      IntFunction<Dialer> marked,
      Lookup lookup,
      Clock clock,
      Counters counters) {
    SecureRandom random = new SecureRandom();
    Nodes nodes = Nodes.of(settings.nodes(), List.of());
    Groups groups = new Groups(settings, nodes, clock, random, counters);
    nodes.warnings().forEach(it -> LOG.log(Level.WARNING, it));
    groups.warnings().forEach(it -> LOG.log(Level.WARNING, it));
    ProxyTls tls = new ProxyTls(Optional.empty());
    Ways ways = new Ways(straight, marked, lookup, tls, clock, random, counters);
    return new WaysOut(groups, ways, new PathChoice(rules, groups, ways));
  }

  Exits exits() {
    return exits;
  }

  Groups groups() {
    return groups;
  }

  @Override
  public void close() {
    ways.close();
  }
}
