package dev.gander.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What this kernel can do, asked of it rather than guessed from its version where it can be asked.
 *
 * @param tcx TCX links (Linux 6.6), which end with the process
 * @param receiveMark SO_RCVMARK (5.19): recvmsg tells a packet's mark
 * @param redirectPeer bpf_redirect_peer is used. By version, 6.8: the helper exists since 5.10, so
 *     a program that calls it loads, but until 6.8 packets it brings are missing from the receiving
 *     end's statistics, and nothing shows that but a packet
 * @param ipv6 the kernel runs IPv6
 * @param btf the kernel has its own type information: without it programs of this machine cannot be
 *     known, nor connection tracking be asked
 * @param release {@code uname -r}
 */
public record KernelFeatures(
    boolean tcx,
    boolean receiveMark,
    boolean redirectPeer,
    boolean ipv6,
    boolean btf,
    String release) {

  private static final int CAP_NET_ADMIN = 12;
  private static final int CAP_SYS_ADMIN = 21;
  private static final int LOOPBACK = 1;
  private static final int SO_RCVMARK = 75;
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");
  private static final Pattern CPU_RANGE = Pattern.compile("(\\d+)(?:-(\\d+))?");

  /** Asks; needs CAP_NET_ADMIN, without which {@link #tcx} reads false. */
  public static KernelFeatures probe() {
    String release = Sysctl.read("kernel/osrelease");
    return new KernelFeatures(
        hasTcx(),
        hasReceiveMark(),
        isAtLeast(release, 6, 8),
        Sysctl.exists("net/ipv6"),
        Files.exists(Path.of("/sys/kernel/btf/vmlinux")),
        release);
  }

  /**
   * What taking packets out of the kernel needs.
   *
   * @throws KernelException naming what is missing and how to give it
   */
  public static void requireCapabilities() {
    List<String> missing = missingCapabilities();
    if (!missing.isEmpty()) {
      throw new KernelException(
          "intercepting needs "
              + String.join(" and ", missing)
              + ": run as root, or give the service AmbientCapabilities=CAP_NET_ADMIN"
              + " CAP_SYS_ADMIN",
          Errno.EPERM);
    }
  }

  /** What {@link #requireCapabilities} would name. */
  public static List<String> missingCapabilities() {
    long effective = effectiveCapabilities();
    List<String> missing = new ArrayList<>();
    if ((effective & 1L << CAP_NET_ADMIN) == 0) {
      missing.add("CAP_NET_ADMIN");
    }
    if ((effective & 1L << CAP_SYS_ADMIN) == 0) {
      missing.add("CAP_SYS_ADMIN"); // for the network namespace; it includes CAP_BPF
    }
    return missing;
  }

  /**
   * What loads the programs.
   *
   * @throws KernelException ENOENT with the remedy if it is not installed
   */
  public static void requireLibrary() {
    LibbpfLibrary.require(LibbpfLibrary.NAME);
  }

  /**
   * What taking the questions of this machine's own programs needs beyond {@link #btf}.
   *
   * @throws KernelException with the remedy if version 2 of control groups is not mounted
   */
  public static void requireControlGroups() {
    CgroupHook.root();
  }

  /** Whether the kernel is of this version or a later one. */
  public boolean isAtLeast(int major, int minor) {
    return isAtLeast(release, major, minor);
  }

  private static long effectiveCapabilities() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
        if (line.startsWith("CapEff:")) {
          return Long.parseUnsignedLong(line.substring(7).strip(), 16);
        }
      }
    } catch (IOException e) {
      throw new KernelException("reading /proc/thread-self/status: " + e.getMessage(), 0);
    }
    return -1L;
  }

  /** Asking what hangs on loopback's TCX hook works where there is such a hook. */
  private static boolean hasTcx() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, LOOPBACK);
      attr.set(Libc.INT, 4, Bpf.TCX_INGRESS);
      return Bpf.call(Bpf.PROG_QUERY, attr) >= 0;
    }
  }

  private static boolean hasReceiveMark() {
    int fd = Sockets.open(IpFamily.IPV4, Sockets.DATAGRAM, false);
    try {
      return Sockets.set(fd, Sockets.SOL_SOCKET, SO_RCVMARK, 1) == 0;
    } finally {
      FileDescriptor.close(fd);
    }
  }

  static boolean isAtLeast(String release, int major, int minor) {
    Matcher version = VERSION.matcher(release);
    if (!version.matches()) {
      return false;
    }
    int has = Integer.parseInt(version.group(1));
    return has > major || (has == major && Integer.parseInt(version.group(2)) >= minor);
  }

  /** How many values a per-CPU map has for each key. */
  static int possibleCpus() {
    return PossibleCpus.COUNT;
  }

  /** Read once; it does not change while the machine runs. */
  private static final class PossibleCpus {
    static final int COUNT = read();

    private static int read() {
      try {
        return countCpus(Files.readString(Path.of("/sys/devices/system/cpu/possible")).strip());
      } catch (IOException e) {
        throw new KernelException("reading the number of CPUs: " + e.getMessage(), 0);
      }
    }
  }

  /** {@code "0-3,8"} is five. */
  static int countCpus(String ranges) {
    int count = 0;
    Matcher range = CPU_RANGE.matcher(ranges);
    while (range.find()) {
      int first = Integer.parseInt(range.group(1));
      int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
      count += last - first + 1;
    }
    return count;
  }
}
