package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.Settings;
import dev.gander.group.Groups;
import dev.gander.group.Key;
import dev.gander.group.NoNodeException;
import dev.gander.group.Node;
import dev.gander.group.NodeGroup;
import dev.gander.group.Nodes;
import dev.gander.group.Use;
import dev.gander.node.LinkException;
import dev.gander.node.ProxyServer;
import dev.gander.observe.Counters;
import dev.gander.proxy.Exit;
import dev.gander.proxy.Lookup;
import dev.gander.proxy.ProxyExits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * The way by which a command asks one question without a daemon: straight, or through proxy
 * servers, with the socket and TLS terms of a configuration. Any thread.
 */
public final class QueryWay implements AutoCloseable {

  /** What {@link #open} takes for no proxy server at all. */
  public static final String DIRECT = "direct";

  private static final int MOST_LISTED = 12;

  private final Outward outward;
  private final List<ProxyServer> hops;
  private final String name;

  private QueryWay(Outward outward, List<ProxyServer> hops, String name) {
    this.outward = outward;
    this.hops = hops;
    this.name = name;
  }

  /**
   * Opens no connection.
   *
   * @param via {@link #DIRECT}; a share link; the name of a group or a node of the configuration;
   *     or links and names of nodes with {@code ->} between them. A group's node is chosen by its
   *     policy, nothing being known of any
   * @param file empty: the built-in one, which has neither nodes nor groups
   * @throws ConfigException if the configuration cannot be used
   * @throws LinkException if {@code via} leads nowhere; without its secrets
   */
  public static QueryWay open(
      String via, Optional<Path> file, Map<String, String> environment, Clock clock)
      throws ConfigException, LinkException {
    ConfigurationSource.Loaded loaded = new ConfigurationSource(file, environment).load();
    Outward outward = new Outward(loaded, Surroundings.real(clock), 0, new Counters());
    try {
      return via.equals(DIRECT) ? new QueryWay(outward, List.of(), "") : through(via, outward);
    } catch (LinkException | RuntimeException e) {
      outward.close();
      throw e;
    }
  }

  private static QueryWay through(String via, Outward outward) throws LinkException {
    Settings settings = outward.settings();
    Nodes nodes = Nodes.of(settings.nodes(), outward.subscribedOnDisk());
    SecureRandom random = new SecureRandom();
    try (Groups groups =
        new Groups(
            settings,
            nodes,
            outward.groupParts(
                _ -> {
                  throw new IllegalStateException("no node is checked here");
                },
                random))) {
      Optional<NodeGroup> group = groups.find(via);
      if (group.isPresent()) {
        Node node = group.get().pick(Use.DNS_TCP4, Key.NONE).node();
        return new QueryWay(outward, node.hops(), "group " + via + ", node " + node.name());
      }
      boolean named = nodes.all().stream().anyMatch(it -> it.name().equals(via));
      return new QueryWay(outward, nodes.hops(via), named ? "node " + via : "");
    } catch (NoNodeException e) {
      throw new LinkException(String.valueOf(e.getMessage()));
    } catch (LinkException e) {
      throw new LinkException(e.getMessage() + known(groupsAndNodes(settings, nodes)));
    }
  }

  private static List<String> groupsAndNodes(Settings settings, Nodes nodes) {
    List<String> names =
        settings.groups().stream().map(it -> it.name()).collect(Collectors.toList());
    nodes.all().forEach(it -> names.add(it.name()));
    return names;
  }

  private static String known(List<String> names) {
    return names.isEmpty() || names.size() > MOST_LISTED
        ? ""
        : " (the configuration has " + String.join(", ", names) + ")";
  }

  /** The servers on the way as {@code SCHEME://HOST:PORT}, the first the nearest. */
  public List<String> hops() {
    return hops.stream().map(ProxyServer::text).toList();
  }

  /** {@code direct}, or node or group and the servers; no secret. */
  public String text() {
    String servers = hops.isEmpty() ? DIRECT : String.join(" -> ", hops());
    return name.isEmpty() ? servers : name + ": " + servers;
  }

  /** What the user should hear of the servers: weak ciphers, options without effect. */
  public List<String> warnings() {
    return hops.stream().flatMap(it -> it.warnings().stream()).toList();
  }

  /** The way itself; names of servers on it are looked up as this system does. */
  public Exit exit(ProxyExits.Layer layer) {
    Lookup system = this::addressesOf;
    return ProxyExits.chain(
        hops,
        outward.dialer().exit(),
        system,
        outward.proxyTls(),
        outward.clock(),
        new SecureRandom(),
        layer);
  }

  private CompletableFuture<List<InetAddress>> addressesOf(String host) {
    CompletableFuture<List<InetAddress>> addresses = new CompletableFuture<>();
    outward
        .threads()
        .execute(() -> {
          try {
            addresses.complete(List.of(InetAddress.getAllByName(host)));
          } catch (UnknownHostException e) {
            addresses.completeExceptionally(new IOException("no address of " + host, e));
          }
        });
    return addresses;
  }

  /** Closes whatever was opened on it. */
  @Override
  public void close() {
    outward.close();
  }
}
