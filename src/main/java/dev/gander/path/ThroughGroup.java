package dev.gander.path;

import dev.gander.dial.Dialer;
import dev.gander.forward.Exits;
import dev.gander.forward.Outbound;
import dev.gander.forward.UpstreamException;
import dev.gander.forward.Way;
import dev.gander.group.Choice;
import dev.gander.group.Key;
import dev.gander.group.NoNodeException;
import dev.gander.group.Node;
import dev.gander.group.NodeGroup;
import dev.gander.group.Use;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A node of a group, by its policy and by how the nodes do. */
final class ThroughGroup implements Outbound {

  private record Used(Node node, Use use) {}

  private final Map<Used, Way> known = new ConcurrentHashMap<>();
  private final NodeGroup group;
  private final Ways ways;
  private final int mark;

  /**
   * @param mark of the sockets to the nodes; 0 for the configuration's own
   */
  ThroughGroup(NodeGroup group, Ways ways, int mark) {
    this.group = group;
    this.ways = ways;
    this.mark = mark;
  }

  @Override
  public String name() {
    return group.name();
  }

  @Override
  public boolean hedges() {
    return group.hedges();
  }

  @Override
  public List<Way> ways(Exits.Flow flow) throws UpstreamException {
    boolean ipv6 = flow.server().getAddress() instanceof Inet6Address;
    try {
      return pick(Use.of(!flow.datagrams(), ipv6, true), key(flow));
    } catch (NoNodeException e) {
      if (!flow.datagrams()) {
        throw nobody(e);
      }
    }
    try {
      return pick(Use.of(true, ipv6, true), key(flow));
    } catch (NoNodeException e) {
      throw nobody(e);
    }
  }

  private static UpstreamException nobody(NoNodeException e) {
    return new UpstreamException(ExtendedError.NETWORK_ERROR, String.valueOf(e.getMessage()));
  }

  private List<Way> pick(Use use, Key key) throws NoNodeException {
    Choice choice = group.pick(use, key);
    List<Way> picked = new ArrayList<>(2);
    picked.add(way(choice.node(), use));
    choice.second().ifPresent(it -> picked.add(way(it, use)));
    return picked;
  }

  private Way way(Node node, Use use) {
    return known.computeIfAbsent(
        new Used(node, use), it -> new ThroughNode(node, use, ways.dialer(node, mark)));
  }

  private static Key key(Exits.Flow flow) {
    Client client = flow.client();
    boolean known = client.sourceHigh() != 0 || client.sourceLow() != 0;
    Optional<InetAddress> address =
        known
            ? Optional.of(Client.address(client.sourceHigh(), client.sourceLow()))
            : Optional.empty();
    return new Key(address, flow.host().toLowerCase(Locale.ROOT));
  }

  private final class ThroughNode implements Way {

    private final Node node;
    private final Use use;
    private final Dialer dialer;

    ThroughNode(Node node, Use use, Dialer dialer) {
      this.node = node;
      this.use = use;
      this.dialer = dialer;
    }

    @Override
    public String name() {
      return node.name();
    }

    @Override
    public Dialer dialer() {
      return dialer;
    }

    @Override
    public boolean carriesDatagrams() {
      return !use.tcp() && dialer.exit().carriesDatagrams();
    }

    @Override
    public void answered(long nanos) {
      group.worked(use, node, nanos);
    }

    @Override
    public void failed(String why) {
      group.failed(use, node, why);
    }
  }
}
