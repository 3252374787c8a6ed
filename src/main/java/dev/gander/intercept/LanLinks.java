package dev.gander.intercept;

import dev.gander.config.Glob;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Which of a machine's interfaces {@code lan_interface} means: by name, or by a pattern. */
final class LanLinks {

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");

  private LanLinks() {}

  /**
   * Those that these names and patterns mean, each once.
   *
   * @throws KernelException naming all names that are missing or unfit, and the interfaces there
   *     are; a pattern may mean none yet
   */
  static List<Link> required(Collection<String> names, Collection<Link> all) {
    List<String> faults = new ArrayList<>();
    for (String name : names) {
      if (!Glob.isPattern(name)) {
        all.stream()
            .filter(link -> link.name().equals(name))
            .findFirst()
            .ifPresentOrElse(
                link -> addFault(link, faults), () -> faults.add("there is no interface " + name));
      } else {
        warnOfUnfit(name, all);
        if (matching(name, all).isEmpty()) {
          LOG.log(Level.INFO, "lan_interface: no interface matches {0} yet", name);
        }
      }
    }
    if (!faults.isEmpty()) {
      throw new KernelException(
          "lan_interface: " + String.join("; ", faults) + "; this machine has: " + existing(all),
          Errno.ENODEV);
    }
    return present(names, all);
  }

  /** Else nobody would know why clients behind such a one are not served. */
  private static void warnOfUnfit(String pattern, Collection<Link> all) {
    for (Link link : all) {
      if (!link.isLoopback() && !isFit(link) && link.isUp() && Glob.matches(pattern, link.name())) {
        LOG.log(
            Level.WARNING,
            "lan_interface: {0} matches {1}, but {2}; it is left out",
            link.name(),
            pattern,
            fault(link));
      }
    }
  }

  private static void addFault(Link link, List<String> faults) {
    if (link.isLoopback()) {
      faults.add(link.name() + " is the loopback interface, no LAN is behind it");
    } else if (!isFit(link)) {
      faults.add(link.name() + " " + fault(link));
    }
  }

  private static String fault(Link link) {
    return link.isTunnel()
        ? "is a tunnel without a remote address, which replies need"
        : "has neither Ethernet frames nor plain IP packets (ARPHRD %d)".formatted(link.arpType());
  }

  private static String existing(Collection<Link> all) {
    String names =
        all.stream()
            .filter(link -> isFit(link) && !link.isLoopback() && !link.name().equals(Daens.NEAR))
            .map(Link::name)
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "none" : names;
  }

  private static boolean isFit(Link link) {
    return link.isEthernet() || link.isIpOnly();
  }

  /** Those that are there and fit, each once. */
  static List<Link> present(Collection<String> names, Collection<Link> all) {
    Map<Integer, Link> found = new LinkedHashMap<>();
    for (String name : names) {
      matching(name, all).forEach(link -> found.putIfAbsent(link.ifindex(), link));
    }
    return List.copyOf(found.values());
  }

  private static List<Link> matching(String name, Collection<Link> all) {
    boolean pattern = Glob.isPattern(name);
    return all.stream()
        .filter(link -> pattern ? Glob.matches(name, link.name()) : link.name().equals(name))
        .filter(link -> isFit(link) && !link.isLoopback())
        .filter(link -> !pattern || !link.name().equals(Daens.NEAR))
        .toList();
  }
}
