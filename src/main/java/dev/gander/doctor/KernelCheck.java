package dev.gander.doctor;

import dev.gander.config.GlobalSettings;
import dev.gander.config.Settings;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.KernelFeatures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The kernel's version and features, libbpf, rights and limits. */
final class KernelCheck {

  /** Sockets of connections of clients and to upstreams; the unit of packaging/ asks for more. */
  private static final long FEW_DESCRIPTORS = 8192;

  private final GlobalSettings global;
  private final boolean intercepts;
  private final Report report;

  KernelCheck(Settings settings, Report report) {
    global = settings.global();
    intercepts = !global.lanInterfaces().isEmpty() || !global.wanInterfaces().isEmpty();
    this.report = report;
  }

  void look() throws IOException {
    if (intercepts) {
      rights();
      features(KernelFeatures.probe());
      required("libbpf", KernelFeatures::requireLibrary, "libbpf.so.1 is there");
    }
    limits();
  }

  private void rights() {
    List<String> missing = KernelFeatures.missingCapabilities();
    if (missing.isEmpty()) {
      report.ok("rights", "CAP_NET_ADMIN and CAP_SYS_ADMIN");
    } else {
      report.wrong(
          "rights",
          "without " + String.join(" and ", missing) + " nothing can be intercepted",
          "sudo gander doctor …    # or the service: AmbientCapabilities=CAP_NET_ADMIN"
              + " CAP_SYS_ADMIN");
    }
  }

  private void features(KernelFeatures kernel) {
    String version = "Linux " + kernel.release();
    String newer =
        "boot a newer kernel; Debian: apt install -t bookworm-backports linux-image-amd64";
    if (!kernel.isAtLeast(5, 17)) {
      report.wrong("kernel", version + " is older than 5.17", newer);
      return;
    }
    List<String> lacks = new ArrayList<>();
    lack(kernel.tcx(), "TCX links (6.6)", lacks);
    lack(kernel.receiveMark(), "SO_RCVMARK (5.19)", lacks);
    lack(kernel.redirectPeer(), "bpf_redirect_peer that counts (6.8)", lacks);
    lack(kernel.ipv6(), "IPv6", lacks);
    String without =
        lacks.isEmpty() ? "" : "; substitutes are used for: " + String.join(", ", lacks);
    if (!kernel.tcx() && global.onExit() == GlobalSettings.OnExit.KEEP) {
      report.wrong("kernel", version + ": on_exit: keep needs TCX links (Linux 6.6)", newer);
    } else {
      report.ok("kernel", version + without);
    }
    if (!global.wanInterfaces().isEmpty()) {
      if (kernel.btf()) {
        report.ok("kernel", "has its type information (BTF)");
      } else {
        report.wrong(
            "kernel",
            "wan_interface needs /sys/kernel/btf/vmlinux",
            "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y");
      }
      required(
          "kernel", KernelFeatures::requireControlGroups, "version 2 of control groups is mounted");
    }
    if (global.onExit() == GlobalSettings.OnExit.KEEP
        && !Files.isDirectory(Path.of("/sys/fs/bpf"))) {
      report.wrong(
          "kernel",
          "on_exit: keep needs a bpf file system, and /sys/fs/bpf is not there",
          "mount -t sysfs sysfs /sys && mount -t bpf bpf /sys/fs/bpf");
    }
  }

  private static void lack(boolean there, String what, List<String> lacks) {
    if (!there) {
      lacks.add(what);
    }
  }

  /** What throws with its remedy: "… : COMMAND". */
  private void required(String subject, Runnable requirement, String fine) {
    try {
      requirement.run();
      report.ok(subject, fine);
    } catch (KernelException e) {
      String text = String.valueOf(e.getMessage());
      int colon = text.indexOf(": ");
      report.wrong(
          subject,
          colon < 0 ? text : text.substring(0, colon),
          colon < 0 ? "" : text.substring(colon + 2));
    }
  }

  /** Locked memory is of no account: since 5.11 maps are charged to the control group. */
  private void limits() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith("Max open files")) {
        String hard = line.strip().split("\\s+", -1)[4];
        if (!hard.equals("unlimited") && Long.parseLong(hard) < FEW_DESCRIPTORS) {
          report.warning(
              "limits",
              "at most " + hard + " open files: fewer than connections may be",
              "ulimit -Hn 1048576    # the service: LimitNOFILE=1048576");
        } else {
          report.ok("limits", hard + " open files");
        }
      }
    }
  }
}
