package dev.gander.intercept;

import dev.gander.intercept.KernelParameters.Memory;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import dev.gander.kernel.NetworkNamespace;
import dev.gander.kernel.Sysctl;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Kernel parameters that gander has changed, in the order of the changes, and what they were. One
 * thread at a time.
 */
final class ChangedParameters {

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");
  private static final String BOOT = "kernel/random/boot_id";
  private static final String NOT_SAID = "what kernel parameters were cannot be kept: {0}";

  /**
   * One change.
   *
   * @param kind {@link KernelParameter#kind}
   * @param before equal to {@code set} where it is only to be remembered
   */
  private record Change(int ifindex, String kind, String before, String set) {

    boolean isOf(KernelParameter parameter) {
      return ifindex == parameter.ifindex() && kind.equals(parameter.kind());
    }

    String path(Collection<Link> all) {
      return all.stream()
          .filter(link -> ifindex != 0 && link.ifindex() == ifindex)
          .findFirst()
          .map(link -> kind.replace("*", link.name()))
          .orElse(kind);
    }

    boolean isForwarding() {
      return kind.endsWith("/forwarding");
    }

    /** The switch of the family that would have been used to forward by all interfaces. */
    String forwardingOfAll() {
      return kind.replace("*", "all");
    }
  }

  private final Memory memory;
  private final List<Change> changes = new ArrayList<>();

  /** Takes over what a dead process has left; of an earlier boot or another namespace nothing. */
  ChangedParameters(Memory memory) {
    this.memory = memory;
    try {
      List<String> lines = memory.load().lines().toList();
      if (!lines.isEmpty() && lines.getFirst().equals(here())) {
        lines.stream().skip(1).map(ChangedParameters::read).forEach(changes::add);
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(
          Level.WARNING, "what kernel parameters were before is not known: {0}", e.getMessage());
    }
  }

  private static Change read(String line) {
    String[] fields = line.split(" ", 4);
    return new Change(Integer.parseInt(fields[0]), fields[3], fields[1], fields[2]);
  }

  /** Numbers of interfaces mean something only there. */
  private static String here() {
    return Sysctl.read(BOOT) + " " + NetworkNamespace.cookie();
  }

  private void remember() throws IOException {
    memory.save(
        changes.isEmpty()
            ? ""
            : here()
                + changes.stream()
                    .map(it -> "%d %s %s %s".formatted(it.ifindex, it.before, it.set, it.kind))
                    .collect(Collectors.joining("\n", "\n", "\n")));
  }

  boolean isEmpty() {
    return changes.isEmpty();
  }

  /** What has gone took its parameters along. */
  void forgetGone(Collection<Link> all) {
    Set<Integer> there = all.stream().map(Link::ifindex).collect(Collectors.toSet());
    if (changes.removeIf(change -> change.ifindex != 0 && !there.contains(change.ifindex))) {
      rememberOrTell();
    }
  }

  /**
   * Sets it if need be, and what it was is remembered; true if so.
   *
   * @throws IOException if it cannot be remembered; it is not set then
   */
  boolean set(KernelParameter parameter, Collection<Link> all) throws IOException {
    boolean known = changes.stream().anyMatch(change -> change.isOf(parameter));
    String now = parameter.now();
    if (now.isEmpty() || now.equals(parameter.value()) || !(known || parameter.isWrong())) {
      return false;
    }
    if (!known) {
      List<Change> more = new ArrayList<>();
      if (parameter.path().equals(NeededParameters.IPV6_FORWARDING)) {
        more.addAll(alreadyForwarding(all));
      }
      more.add(new Change(parameter.ifindex(), parameter.kind(), now, parameter.value()));
      changes.addAll(more);
      try {
        remember();
      } catch (IOException e) {
        changes.removeAll(more);
        throw new IOException(
            "%s is not set, for what it was cannot be kept: %s"
                .formatted(parameter.path(), e.getMessage()),
            e);
      }
    }
    Sysctl.write(parameter.path(), parameter.value());
    return true;
  }

  /** The switch for all overwrites theirs, in both directions. */
  private static List<Change> alreadyForwarding(Collection<Link> all) {
    List<Change> found = new ArrayList<>();
    for (Link link : all) {
      if (Sysctl.readIfThere("net/ipv6/conf/" + link.name() + "/forwarding").equals("1")) {
        found.add(new Change(link.ifindex(), "net/ipv6/conf/*/forwarding", "1", "1"));
      }
    }
    if (Sysctl.readIfThere("net/ipv6/conf/default/forwarding").equals("1")) {
      found.add(new Change(0, "net/ipv6/conf/default/forwarding", "1", "1"));
    }
    return found;
  }

  /** The last change first; what somebody else has changed since stays as it is. */
  void putBackAllBut(Collection<KernelParameter> needed, Collection<Link> all) {
    boolean forAll =
        needed.stream().anyMatch(it -> it.path().equals(NeededParameters.IPV6_FORWARDING));
    List<Change> surplus =
        changes.reversed().stream()
            .filter(change -> needed.stream().noneMatch(change::isOf))
            .filter(change -> !(forAll && change.before.equals(change.set)))
            .toList();
    if (surplus.isEmpty()) {
      return;
    }
    List<Change> ours = surplus.stream().filter(change -> isStillOurs(change, all)).toList();
    for (Change change : ours) {
      try {
        Sysctl.write(change.path(all), change.before);
        LOG.log(Level.INFO, "put back {0}={1}", change.path(all), change.before);
      } catch (KernelException e) {
        LOG.log(Level.WARNING, "{0} is not put back: {1}", change.path(all), e.getMessage());
      }
    }
    changes.removeAll(surplus);
    rememberOrTell();
  }

  private boolean isStillOurs(Change change, Collection<Link> all) {
    if (!Sysctl.readIfThere(change.path(all)).equals(change.set)) {
      return false;
    }
    boolean forAllByUs =
        changes.stream()
            .anyMatch(it -> it.ifindex == 0 && it.kind.equals(change.forwardingOfAll()));
    // Who has turned it on for all since (a container engine does) counts on all of it.
    return !change.isForwarding()
        || forAllByUs
        || !Sysctl.readIfThere(change.forwardingOfAll()).equals("1");
  }

  private void rememberOrTell() {
    try {
      remember();
    } catch (IOException e) {
      LOG.log(Level.WARNING, NOT_SAID, e.getMessage());
    }
  }
}
