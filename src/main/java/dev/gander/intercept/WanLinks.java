package dev.gander.intercept;

import dev.gander.config.Glob;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Which of a machine's interfaces {@code wan_interface} means: by name, by a pattern, or {@code
 * auto}, those that a default route leads out of.
 */
final class WanLinks {

  /** In the place of a name. */
  static final String AUTO = "auto";

  private WanLinks() {}

  /**
   * Faults of those that are named and there; what is not there yet may come.
   *
   * @throws KernelException naming those that cannot be WAN interfaces
   */
  static void check(Collection<String> names, Collection<Link> all) {
    List<String> unfit =
        all.stream()
            .filter(link -> names.contains(link.name()) && !isFit(link))
            .map(link -> "%s (ARPHRD %d)".formatted(link.name(), link.arpType()))
            .toList();
    if (!unfit.isEmpty()) {
      throw new KernelException(
          "wan_interface: these are neither Ethernet nor plain IP interfaces, or lead nowhere: "
              + String.join(", ", unfit),
          Errno.ENODEV);
    }
  }

  /**
   * Those that are there and fit, each once.
   *
   * @param ofDefaultRoutes numbers of the interfaces that {@code auto} means
   */
  static List<Link> present(
      Collection<String> names, Collection<Link> all, Set<Integer> ofDefaultRoutes) {
    return all.stream()
        .filter(WanLinks::isFit)
        .filter(link -> names.stream().anyMatch(name -> means(name, link, ofDefaultRoutes)))
        .toList();
  }

  private static boolean means(String name, Link link, Set<Integer> ofDefaultRoutes) {
    return name.equals(AUTO)
        ? ofDefaultRoutes.contains(link.ifindex())
        : Glob.isPattern(name) ? Glob.matches(name, link.name()) : link.name().equals(name);
  }

  private static boolean isFit(Link link) {
    return (link.isEthernet() || link.isIpOnly())
        && !link.isLoopback()
        && !link.name().equals(Daens.NEAR);
  }
}
