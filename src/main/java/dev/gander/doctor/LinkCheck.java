package dev.gander.doctor;

import dev.gander.config.GlobalSettings;
import dev.gander.config.Settings;
import dev.gander.intercept.Interceptor;
import dev.gander.intercept.KernelParameter;
import dev.gander.intercept.KernelParameters;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.Link;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.TcHook;
import dev.gander.kernel.TcHook.Direction;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Interfaces that are named, who else is at work on them, and kernel parameters. */
final class LinkCheck {

  private static final String SUBJECT = "interface";

  /** gander's programs by either name: the program's, and its filter's before TCX. */
  private static final Set<String> OURS =
      Set.of(
          "lan_ingress",
          "lan_ingress_l3",
          "wan_egress",
          "wan_egress_l3",
          "gander_lan_ingre",
          "gander_lan_ingress",
          "gander_wan_egress");

  private final GlobalSettings global;
  private final DaemonCheck daemon;
  private final Report report;

  LinkCheck(Settings settings, DaemonCheck daemon, Report report) {
    global = settings.global();
    this.daemon = daemon;
    this.report = report;
  }

  void look() {
    if (global.lanInterfaces().isEmpty() && global.wanInterfaces().isEmpty()) {
      return;
    }
    others();
    try {
      Interceptor.check(global.lanInterfaces(), global.wanInterfaces());
    } catch (KernelException e) {
      report.wrong(
          SUBJECT, String.valueOf(e.getMessage()), "ip -br link    # and correct the name");
    }
    try (Netlink netlink = Netlink.open()) {
      List<Link> all = netlink.links();
      for (Link link : Interceptor.meant(global.lanInterfaces(), global.wanInterfaces())) {
        look(link, all, netlink);
      }
      absent(all);
    }
    parameters();
  }

  private void look(Link link, List<Link> all, Netlink netlink) {
    Optional<Link> bridge =
        all.stream()
            .filter(it -> it.ifindex() == link.master() && it.kind().equals("bridge"))
            .findFirst();
    if (!link.isUp()) {
      report.warning(SUBJECT, link.name() + " is down", "ip link set " + link.name() + " up");
    } else if (bridge.isPresent()) {
      report.warning(
          SUBJECT,
          "%s is a port of the bridge %s: what clients send through the bridge's own address is seen"
                  .formatted(link.name(), bridge.get().name())
              + " on the bridge",
          "name " + bridge.get().name() + " in the configuration");
    } else {
      report.ok(SUBJECT, "%s is up, MTU %d".formatted(link.name(), link.mtu()));
    }
    for (Direction direction : Direction.values()) {
      List<String> foreign =
          TcHook.programs(netlink, link.ifindex(), direction).stream()
              .filter(name -> !OURS.contains(name))
              .toList();
      if (!foreign.isEmpty()) {
        report.warning(
            "programs",
            "%s %s: other programs see packets, too: %s"
                .formatted(
                    link.name(),
                    direction == Direction.INGRESS ? "ingress" : "egress",
                    String.join(", ", foreign)),
            "bpftool net show dev " + link.name());
      }
    }
  }

  private void absent(List<Link> all) {
    for (String name : global.wanInterfaces()) {
      boolean plain = name.chars().noneMatch(c -> "*?[".indexOf(c) >= 0) && !name.equals("auto");
      if (plain && all.stream().noneMatch(link -> link.name().equals(name))) {
        report.warning(
            SUBJECT,
            name + " of wan_interface is not there; it is served once it comes",
            "ip -br link");
      }
    }
  }

  /** There is one dae0 in a namespace: dae's, or that of one gander. */
  private void others() {
    OptionalInt holder = Interceptor.holder();
    if (holder.isPresent() && holder.getAsInt() != daemon.pid()) {
      report.wrong(
          "programs",
          "another gander intercepts in this network namespace: process " + holder.getAsInt(),
          "kill " + holder.getAsInt() + "    # or name its directory with --runtime-dir");
      return;
    }
    try (Netlink netlink = Netlink.open()) {
      Optional<Link> dae0 = netlink.link("dae0");
      if (dae0.isPresent() && !dae0.get().alias().equals("gander")) {
        report.wrong(
            "programs",
            "there is an interface dae0 which is not gander's: dae runs here, or was killed",
            "systemctl stop dae; ip link delete dae0");
      } else if (dae0.isPresent() && !daemon.isRunning()) {
        report.ok("programs", "a gander that was killed left dae0; the next start removes it");
      }
    }
  }

  private void parameters() {
    List<KernelParameter> wrong =
        KernelParameters.wrong(global.lanInterfaces(), global.wanInterfaces());
    if (wrong.isEmpty() || (global.autoConfigKernelParameter() && !daemon.isRunning())) {
      report.ok(
          "parameters",
          wrong.isEmpty()
              ? "kernel parameters are as they must be"
              : "kernel parameters will be set at the start: " + wrong.size());
      return;
    }
    for (KernelParameter parameter : wrong) {
      report.warning(
          "parameters",
          "%s is %s: %s".formatted(parameter.path(), parameter.now(), parameter.why()),
          parameter.command() + "    # or auto_config_kernel_parameter: true");
    }
  }
}
