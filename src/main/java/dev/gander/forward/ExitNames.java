package dev.gander.forward;

import dev.gander.message.Client;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * By which outbounds an upstream is asked for a client, as text that is empty where all clients'
 * questions take the same. Any thread; allocates nothing but for what is new.
 */
final class ExitNames {

  /** Joined names by their parts; as few as there are combinations of outbounds. */
  private static final Map<String, Map<String, String>> JOINED = new ConcurrentHashMap<>();

  /**
   * Which of the addresses different clients are led to differently.
   *
   * @param apart flows to them
   */
  private record Judged(List<InetSocketAddress> addresses, List<Exits.Flow> apart) {}

  private final Exits exits;
  private final Servers servers;
  private final Function<InetSocketAddress, Exits.Flow> flows;
  private volatile @Nullable Judged judged;

  /**
   * @param flows nobody's flow to an address of the upstream
   */
  ExitNames(Exits exits, Servers servers, Function<InetSocketAddress, Exits.Flow> flows) {
    this.exits = exits;
    this.servers = servers;
    this.flows = flows;
  }

  /** The names of the outbounds that are not the same for everybody, in the addresses' order. */
  String of(Client client) {
    List<InetSocketAddress> known = servers.known();
    if (known.isEmpty()) {
      // Nobody else's answer, and for nobody else, until rules can be asked about an address.
      return "? " + Client.address(client.sourceHigh(), client.sourceLow()).getHostAddress();
    }
    Judged now = judged;
    if (now == null || !now.addresses().equals(known)) {
      now = judge(known);
      judged = now;
    }
    String names = "";
    List<Exits.Flow> apart = now.apart();
    for (int i = 0; i < apart.size(); i++) {
      names = joined(names, exits.nameFor(client, apart.get(i)));
    }
    return names;
  }

  private Judged judge(List<InetSocketAddress> addresses) {
    List<Exits.Flow> apart = new ArrayList<>();
    for (InetSocketAddress address : addresses) {
      Exits.Flow flow = flows.apply(address);
      if (exits.tellClientsApart(flow)) {
        apart.add(flow);
      }
    }
    return new Judged(addresses, apart);
  }

  /** Both, once where they are the same; no name has a space. */
  static String joined(String before, String more) {
    if (before.isEmpty() || before.equals(more)) {
      return more;
    }
    if (more.isEmpty()) {
      return before;
    }
    Map<String, String> known = JOINED.get(before);
    String joined = known == null ? null : known.get(more);
    if (joined == null) {
      joined = before + " " + more;
      JOINED.computeIfAbsent(before, _ -> new ConcurrentHashMap<>()).put(more, joined);
    }
    return joined;
  }
}
