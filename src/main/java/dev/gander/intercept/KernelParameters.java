package dev.gander.intercept;

import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.NetworkWatch;
import dev.gander.kernel.Sysctl;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code auto_config_kernel_parameter}: sets what a gateway for LAN clients needs, also on
 * interfaces that come later, and puts back what was there before. What it has changed is written
 * down before it is changed, so that a successor can put it back, too.
 *
 * <p>Works in the network namespace of the thread that opens it. Any thread; only {@link #apply}
 * and {@link #close} must come from that namespace.
 */
public final class KernelParameters implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");
  private static final String NARROW = "net/ipv6/conf/all/force_forwarding";

  private final ChangedParameters changed;
  private final boolean narrow;
  private final Set<String> told = new HashSet<>();
  private Collection<String> lanInterfaces = List.of();
  private Collection<String> wanInterfaces = List.of();
  private @Nullable Netlink netlink;
  private @Nullable Follower follower;
  private boolean kept;

  private KernelParameters(Memory memory, boolean narrow) {
    this.changed = new ChangedParameters(memory);
    this.narrow = narrow;
  }

  /** Keeps one text longer than the process lives. */
  public interface Memory {

    /** The text kept last; empty if there is none. */
    String load() throws IOException;

    /** Keeps {@code text} in its place; empty: nothing. */
    void save(String text) throws IOException;
  }

  /** Changes nothing before {@link #apply}. */
  public static KernelParameters open(Memory memory) {
    return open(memory, Sysctl.exists(NARROW));
  }

  /** With {@code narrow} false as on kernels that forward IPv6 by all interfaces or by none. */
  static KernelParameters open(Memory memory, boolean narrow) {
    return new KernelParameters(memory, narrow);
  }

  /**
   * What is not as it must be, for a gateway with these interfaces; as {@link #apply} takes them.
   */
  public static List<KernelParameter> wrong(Collection<String> lan, Collection<String> wan) {
    try (Netlink here = Netlink.open()) {
      return NeededParameters.of(here, lan, wan).list(Sysctl.exists(NARROW)).stream()
          .filter(KernelParameter::isWrong)
          .toList();
    }
  }

  /**
   * From now on what these interfaces need is set, and nothing else is other than it was. A
   * parameter that the kernel does not let be set is told in the log.
   *
   * @param lan names and patterns of {@code lan_interface}; empty: nothing is needed
   * @param wan names and patterns of {@code wan_interface}; those that default routes lead out of
   *     are always meant
   * @param keep whether {@link #close} leaves all as it is
   */
  public void apply(Collection<String> lan, Collection<String> wan, boolean keep) {
    synchronized (this) {
      lanInterfaces = List.copyOf(lan);
      wanInterfaces = List.copyOf(wan);
      kept = keep;
    }
    if (lan.isEmpty()) {
      stopFollowing();
    }
    settle();
    if (!lan.isEmpty() && follower == null) {
      follower = new Follower("parameters", NetworkWatch.ofLinksAndRoutes(), this::settle);
      follower.start();
    }
  }

  private synchronized void settle() {
    if (lanInterfaces.isEmpty() && changed.isEmpty()) {
      return;
    }
    Netlink here = netlink;
    if (here == null) {
      here = Netlink.open();
      netlink = here;
    }
    NeededParameters needs = NeededParameters.of(here, lanInterfaces, wanInterfaces);
    List<KernelParameter> needed = needs.list(narrow);
    changed.forgetGone(needs.all());
    changed.putBackAllBut(needed, needs.all());
    for (KernelParameter parameter : needed) {
      set(parameter, needs.all());
    }
  }

  private void set(KernelParameter parameter, List<Link> all) {
    try {
      if (changed.set(parameter, all)) {
        LOG.log(
            Level.INFO, "set {0}={1}: {2}", parameter.path(), parameter.value(), parameter.why());
      }
    } catch (IOException | KernelException e) {
      if (told.add(parameter.path())) {
        LOG.log(Level.WARNING, "auto_config_kernel_parameter: {0}", e.getMessage());
      }
    }
  }

  /** Not under the lock, which its task takes. */
  private void stopFollowing() {
    if (follower != null) {
      follower.close();
      follower = null;
    }
  }

  /** Puts everything back, unless it is to be kept. */
  @Override
  public void close() {
    stopFollowing();
    if (!kept) {
      apply(List.of(), List.of(), false);
    }
    if (netlink != null) {
      netlink.close();
      netlink = null;
    }
  }
}
