package dev.gander.path;

import dev.gander.clock.Clock;
import dev.gander.dial.Dialer;
import dev.gander.group.Node;
import dev.gander.observe.Counters;
import dev.gander.proxy.Exit;
import dev.gander.proxy.Lookup;
import dev.gander.proxy.ProxyExits;
import dev.gander.proxy.ProxyTls;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * The ways out of a generation: straight with each mark that rules name, and through each node.
 * Nothing is opened before it is used. Any thread.
 */
public final class Ways implements AutoCloseable {

  private record Marked(Node node, int mark) {}

  private final Dialer straight;
  private final IntFunction<Dialer> marked;
  private final Function<Node, Lookup> lookups;
  private final ProxyTls tls;
  private final Clock clock;
  private final SecureRandom random;
  private final Counters counters;
  private final Map<Integer, Dialer> straightByMark = new ConcurrentHashMap<>();
  private final Map<Marked, Exit> exits = new ConcurrentHashMap<>();
  private final Map<Marked, Dialer> dialers = new ConcurrentHashMap<>();

  /**
   * @param straight with the configuration's own mark; stays the caller's, who closes it after this
   * @param marked makes a straight dialer whose sockets bear a mark; becomes this object's
   * @param lookups the addresses of a node's proxy servers that are written as names
   * @param random message IDs come from it
   */
  public Ways(
      Dialer straight,
      IntFunction<Dialer> marked,
      Function<Node, Lookup> lookups,
      ProxyTls tls,
      Clock clock,
      SecureRandom random,
      Counters counters) {
    this.straight = straight;
    this.marked = marked;
    this.lookups = lookups;
    this.tls = tls;
    this.clock = clock;
    this.random = random;
    this.counters = counters;
  }

  /**
   * Straight.
   *
   * @param mark 0 for the configuration's own
   */
  Dialer straight(int mark) {
    return mark == 0 ? straight : straightByMark.computeIfAbsent(mark, marked::apply);
  }

  /** Through the node, hop by hop. */
  public Exit exit(Node node) {
    return exit(node, 0);
  }

  private Exit exit(Node node, int mark) {
    return exits.computeIfAbsent(new Marked(node, mark), this::chain);
  }

  private Exit chain(Marked to) {
    Lookup lookup = lookups.apply(to.node());
    Exit straight = straight(to.mark()).exit();
    return ProxyExits.chain(
        to.node().hops(), straight, lookup, tls, clock, random, ProxyExits.Layer.NONE);
  }

  /** Questions through the node. */
  Dialer dialer(Node node, int mark) {
    return dialers.computeIfAbsent(
        new Marked(node, mark), it -> Dialer.through(exit(node, mark), clock, random, counters));
  }

  @Override
  public void close() {
    dialers.values().forEach(Dialer::close);
    straightByMark.values().forEach(Dialer::close);
  }
}
