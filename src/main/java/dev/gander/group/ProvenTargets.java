package dev.gander.group;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which targets of checks some node has ever reached. One that none has proves nothing against a
 * node that does not: it may be blocked, or wrong, and traffic pass all the same. Any thread.
 */
final class ProvenTargets {

  private static final System.Logger LOG = System.getLogger("dev.gander.group");

  private final Set<Probe> proven = new HashSet<>();

  /** Of each target that nobody has reached, who has tried; small, for few have to be told. */
  private final Map<Probe, Set<NodeHealth>> tried = new HashMap<>();

  private final Set<Probe> told = new HashSet<>();

  /** A node has reached it. */
  synchronized void reached(Probe probe) {
    if (proven.add(probe)) {
      tried.remove(probe);
    }
  }

  synchronized boolean isProven(Probe probe) {
    return proven.contains(probe);
  }

  /**
   * A node has not, and nobody has yet; says so in the log, once, when all have tried.
   *
   * @param nodes that are to reach it
   * @param why the last has not
   */
  synchronized void missed(Probe probe, NodeHealth node, int nodes, String why) {
    Set<NodeHealth> missed = tried.computeIfAbsent(probe, _ -> new HashSet<>());
    missed.add(node);
    if (missed.size() >= nodes && told.add(probe)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "no node reaches {0}, which checks ask: they are not believed, and nodes are used by what"
              + " traffic says (is it blocked? see tcp_check_url and udp_check_dns): {1}",
          probe.target(),
          why);
    }
  }

  /** Takes over what an earlier configuration has found out. */
  void learnFrom(ProvenTargets before) {
    Set<Probe> known;
    synchronized (before) {
      known = Set.copyOf(before.proven);
    }
    known.forEach(this::reached);
  }
}
