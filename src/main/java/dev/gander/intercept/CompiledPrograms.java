package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.BpfPins;
import dev.gander.kernel.Errno;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.KernelFeatures;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * Loads the programs as they suit the kernel. Where it has type information, those that may ask its
 * connection tracking are tried first.
 */
final class CompiledPrograms {

  private static final System.Logger LOG = System.getLogger("dev.gander.intercept");
  private static final String LAN = "intercept";
  private static final String LAN_L3 = "lan_l3";
  private static final String WAN = "wan";

  /** Connections begun and not accepted yet: more than any backlog. */
  private static final int TCP_HANDOFFS = 8192;

  private final KernelFeatures features;
  private final byte[] settings;

  /** {@code settings} are {@link Shared#settings}. */
  CompiledPrograms(KernelFeatures features, byte[] settings) {
    this.features = features;
    this.settings = settings.clone();
  }

  /**
   * Those of the LAN, with all maps; answers that a dead process left in {@code pins} are taken
   * over.
   */
  BpfObject lan(BpfPins pins, int kernelAnswers) {
    return load(
        LAN,
        blueprint -> {
          if (features.receiveMark()) {
            blueprint.maxEntries("handoffs", TCP_HANDOFFS);
          }
          KernelAnswers.size(blueprint, kernelAnswers);
          // Namespaces' numbers come again: without a live hook the pins are another network's.
          return LanHooks.arePinned(pins)
              ? KernelAnswers.adopt(blueprint, pins, kernelAnswers)
              : List.of();
        });
  }

  /** Those for LAN interfaces without Ethernet headers, on the maps of {@code lan}. */
  BpfObject lanL3(BpfObject lan) {
    return load(LAN_L3, blueprint -> share(blueprint, lan));
  }

  private static List<Integer> share(BpfObject.Blueprint blueprint, BpfObject lan) {
    blueprint.shareMaps(lan);
    return List.of();
  }

  /**
   * Those for programs of this machine, on the maps of {@code lan}.
   *
   * @throws KernelException if the kernel has no type information
   */
  BpfObject wan(BpfObject lan) {
    if (!features.btf()) {
      throw new KernelException(
          "wan_interface needs the kernel's type information, /sys/kernel/btf/vmlinux: a kernel"
              + " built with CONFIG_DEBUG_INFO_BTF=y",
          Errno.EOPNOTSUPP);
    }
    return load(WAN, blueprint -> share(blueprint, lan));
  }

  /** Prepares a blueprint; returns maps that are closed once it is loaded. */
  @FunctionalInterface
  private interface Preparation {
    List<Integer> prepare(BpfObject.Blueprint blueprint);
  }

  private BpfObject load(String name, Preparation preparation) {
    if (features.btf()) {
      try {
        return loadOne(name + "_conntrack", preparation);
      } catch (KernelException e) {
        LOG.log(Level.DEBUG, "connection tracking is not asked", e);
      }
    }
    return loadOne(name, preparation);
  }

  private BpfObject loadOne(String name, Preparation preparation) {
    BpfObject.Blueprint blueprint =
        BpfObject.blueprint(name, compiled("/bpf/" + name + ".o")).readOnlyData(settings);
    List<Integer> reused = preparation.prepare(blueprint);
    try {
      return blueprint.load();
    } finally {
      reused.forEach(BpfMap::close);
    }
  }

  private static byte[] compiled(String object) {
    try (InputStream in = CompiledPrograms.class.getResourceAsStream(object)) {
      if (in == null) {
        throw new IllegalStateException(object + " is not in the jar; was it built without clang?");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
