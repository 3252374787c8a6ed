package dev.gander.group;

import dev.gander.config.Diagnostic;
import dev.gander.config.Settings;
import dev.gander.node.LinkException;
import dev.gander.node.Listing;
import dev.gander.node.ProxyLinks;
import dev.gander.node.ProxyServer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The nodes of a configuration: those of {@code node} in the order of the file, then those of each
 * subscription. What cannot be used is left out with a warning, and the others work.
 */
public final class Nodes {

  /** Hops a chain may have, those of named nodes included. */
  private static final int LONGEST_CHAIN = 8;

  private static final String TOO_LONG = "the chain has more than " + LONGEST_CHAIN + " hops";
  private static final String ARROW = "->";

  /**
   * What a subscription has brought.
   *
   * @param tag as the configuration says; empty where it says none
   */
  public record Subscribed(String tag, Listing listing) {}

  private final Map<String, Node> byName = new HashMap<>();
  private final List<Node> all = new ArrayList<>();
  private final List<Diagnostic> written = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private Nodes() {}

  /**
   * Reads all links.
   *
   * @param written the section {@code node}
   * @param subscribed in the order of the section {@code subscription}
   */
  public static Nodes of(List<Settings.Node> written, List<Subscribed> subscribed) {
    Nodes nodes = new Nodes();
    Map<String, String> chains = new HashMap<>();
    for (Settings.Node node : written) {
      if (namesAnother(node.link())) {
        chains.putIfAbsent(node.name(), node.link());
      }
    }
    // Those that name others come last, for these others may be of a subscription.
    written.stream().filter(it -> !namesAnother(it.link())).forEach(nodes::addWritten);
    subscribed.forEach(nodes::addSubscribed);
    for (Settings.Node node : written) {
      if (namesAnother(node.link())) {
        nodes.addChain(node, chains);
      }
    }
    return nodes;
  }

  /** In their order; no two have the same name. */
  public List<Node> all() {
    return List.copyOf(all);
  }

  /** What was left out or renamed, one line each, for people. */
  public List<String> warnings() {
    return Stream.concat(written.stream().map(Diagnostic::toString), warnings.stream()).toList();
  }

  /** What is wrong with the section {@code node}, as far as it shows before subscriptions come. */
  public static List<Diagnostic> mistakes(Settings settings) {
    boolean more = !settings.subscriptions().isEmpty();
    Nodes nodes =
        of(
            settings.nodes().stream().filter(it -> !more || !namesAnother(it.link())).toList(),
            List.of());
    return List.copyOf(nodes.written);
  }

  /**
   * The hops of a chain that stands in no configuration.
   *
   * @param link one link or name of a node, or several with arrows between them
   * @throws LinkException saying what is wrong with it, without its secrets
   */
  public List<ProxyServer> hops(String link) throws LinkException {
    List<ProxyServer> hops = new ArrayList<>();
    expand(link, Map.of(), new HashSet<>(), hops);
    if (hops.size() > LONGEST_CHAIN) {
      throw new LinkException(TOO_LONG);
    }
    return hops;
  }

  private static boolean namesAnother(String link) {
    for (String hop : link.split(ARROW, -1)) {
      if (!hop.contains("://")) {
        return true;
      }
    }
    return false;
  }

  private void addWritten(Settings.Node node) {
    try {
      List<ProxyServer> hops = new ArrayList<>();
      for (String hop : node.link().split(ARROW, -1)) {
        hops.add(ProxyLinks.parse(hop));
      }
      add(node, hops);
    } catch (LinkException e) {
      leaveOut(node, String.valueOf(e.getMessage()));
    }
  }

  private void add(Settings.Node node, List<ProxyServer> hops) {
    if (hops.size() > LONGEST_CHAIN) {
      leaveOut(node, TOO_LONG);
      return;
    }
    String wanted = NodeNames.shown(node.name().isEmpty() ? nameOf(hops.getLast()) : node.name());
    String name = NodeNames.free(wanted, byName.keySet());
    if (!name.equals(wanted)) {
      String told = "the name `" + wanted + "` is taken: this node is called `" + name + "`";
      written.add(Diagnostic.warning(node.place(), told, "give it another"));
    }
    for (ProxyServer hop : hops) {
      for (String weak : hop.warnings()) {
        String told = "node `" + name + "`: " + weak;
        written.add(Diagnostic.warning(node.place(), told, ""));
      }
    }
    add(new Node(name, "", hops));
  }

  private void add(Node node) {
    byName.put(node.name(), node);
    all.add(node);
  }

  private void leaveOut(Settings.Node node, String why) {
    String name = node.name().isEmpty() ? "" : " `" + NodeNames.shown(node.name()) + "`";
    String told = "node" + name + " is left out: " + why;
    written.add(Diagnostic.warning(node.place(), told, ""));
  }

  private static String nameOf(ProxyServer server) {
    String host = server.host().contains(":") ? "[" + server.host() + "]" : server.host();
    return server.name().isBlank() ? host + ":" + server.port() : server.name();
  }

  private void addChain(Settings.Node node, Map<String, String> chains) {
    try {
      List<ProxyServer> hops = new ArrayList<>();
      expand(node.link(), chains, new HashSet<>(Set.of(node.name())), hops);
      add(node, hops);
    } catch (LinkException e) {
      leaveOut(node, String.valueOf(e.getMessage()));
    }
  }

  /**
   * The hops of a chain in which names stand.
   *
   * @param open the chains around this one: none may stand in itself
   */
  private void expand(
      String link, Map<String, String> chains, Set<String> open, List<ProxyServer> hops)
      throws LinkException {
    for (String hop : link.split(ARROW, -1)) {
      String text = hop.strip();
      Node named = byName.get(text);
      if (text.contains("://")) {
        hops.add(ProxyLinks.parse(text));
      } else if (named != null) {
        hops.addAll(named.hops());
      } else if (!chains.containsKey(text)) {
        throw new LinkException(unknown(text));
      } else if (!open.add(text) || hops.size() > LONGEST_CHAIN) {
        throw new LinkException(
            "the chain leads through itself by `" + NodeNames.shown(text) + "`");
      } else {
        expand(chains.get(text), chains, open, hops);
        open.remove(text);
      }
    }
  }

  /** What looks like a link that was mistyped may hold a password. */
  private static String unknown(String name) {
    return name.indexOf('@') >= 0 || name.indexOf(':') >= 0
        ? "what is no node's name has no scheme either: write SCHEME://…"
        : "no node is called `" + NodeNames.shown(name) + "`";
  }

  private void addSubscribed(Subscribed subscribed) {
    Tally refused = new Tally();
    Tally renamed = new Tally();
    Tally weak = new Tally();
    for (String link : subscribed.listing().links()) {
      try {
        ProxyServer server = ProxyLinks.parse(link);
        String wanted = NodeNames.shown(nameOf(server));
        String name = NodeNames.free(wanted, byName.keySet());
        if (!name.equals(wanted)) {
          renamed.add("", name);
        }
        server.warnings().forEach(it -> weak.add(it, name));
        add(new Node(name, subscribed.tag(), List.of(server)));
      } catch (LinkException e) {
        refused.add(String.valueOf(e.getMessage()), NodeNames.ofLink(link));
      }
    }
    subscribed.listing().refused().forEach(why -> refused.add(why, ""));
    String which =
        subscribed.tag().isEmpty() ? "a subscription" : "subscription `" + subscribed.tag() + "`";
    refused.lines(
        (count, why, names) -> warnings.add(which + ": left out " + count + ": " + why + names));
    weak.lines((count, why, names) -> warnings.add(which + ", of " + count + ": " + why + names));
    renamed.lines((count, why, names) ->
        warnings.add(which + ": names that are taken, " + count + ", have a number now" + names));
  }
}
