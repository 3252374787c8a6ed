package dev.gander.intercept;

import dev.gander.geodata.GeoDataFiles;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.Lab;
import dev.gander.kernel.ProgramRun;
import dev.gander.publish.TrafficImage;
import dev.gander.route.TrafficFlow;
import dev.gander.route.TrafficRouter;
import dev.gander.route.TrafficText;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What traffic rules cost lan_ingress for a packet of a client, by BPF_PROG_TEST_RUN, and
 * wan_egress for one that a program sends: {@code bench/rules} runs it. The time is the kernel's
 * (bpf_stats_enabled); of many short rounds the least and the median are shown.
 */
final class RoutingProgramBench {

  private static final int ROUNDS = 30;
  private static final int ROUND = 5000;
  private static final Path STATS = Path.of("/proc/sys/kernel/bpf_stats_enabled");

  private RoutingProgramBench() {}

  /** {@code main(rules...)}; as root. */
  public static void main(String[] arguments) throws Exception {
    Files.writeString(STATS, "1");
    System.out.println(
        "ns a UDP packet         known min median    new min median     KiB   of a program: known min, new");
    try (Lab lab = new Lab('q', 'r');
        BpfObject object = RoutingBench.load()) {
      int program = object.program("lan_ingress");
      byte[][] known = {packet(9)};
      byte[][] fresh = new byte[ROUND][];
      Arrays.setAll(fresh, RoutingProgramBench::packet);
      long[] none = lab.router().call(() -> run(program, known));
      System.out.printf("none             %12d %6d%n", none[0], none[ROUNDS / 2]);
      for (String rules : arguments) {
        int count = Integer.parseInt(rules);
        try (KernelRouting routing = new KernelRouting(object)) {
          routing.install(TrafficImage.of(router(count), false), 1024, 0, name -> new long[0]);
          long[] hits = lab.router().call(() -> run(program, known));
          long[] misses = lab.router().call(() -> run(program, fresh));
          long[] own = lab.router().call(() -> sent(object, known));
          long[] ownNew = lab.router().call(() -> sent(object, fresh));
          System.out.printf(
              "%6d rules     %12d %6d %10d %6d %8d %22d %6d%n",
              count,
              hits[0],
              hits[ROUNDS / 2],
              misses[0],
              misses[ROUNDS / 2],
              routing.bytes() / 1024,
              own[0],
              ownNew[0]);
          routing.remove();
        }
      }
    } finally {
      Files.writeString(STATS, "0");
    }
  }

  /** Three terms each; what is sent meets none of them, so that all are asked. */
  private static TrafficRouter router(int count) throws Exception {
    List<String> rules = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rules.add(
          "dip(10.%d.%d.0/24) && dport(%d-%d) && l4proto(udp) -> direct(mark: 1)"
              .formatted(i / 256, i % 256, 1000 + i % 100, 2000 + i % 100));
    }
    return TrafficRouter.build(
        TrafficText.rules("direct", rules), new GeoDataFiles(List.of()), warning -> {});
  }

  private static byte[] packet(int i) {
    return RoutingBench.packet(
        InetAddress.ofLiteral("192.0.2.1"),
        4711,
        InetAddress.ofLiteral("172.16." + i / 256 + "." + i % 256),
        1500,
        TrafficFlow.UDP,
        2,
        0);
  }

  private interface Sending {
    void send(byte[] packet);
  }

  private static long[] sent(BpfObject object, byte[][] packets) throws IOException {
    try (LocalSender sender = new LocalSender(object)) {
      return run(sender.program(), packets, packet -> sender.send(packet, "curl"));
    }
  }

  private static long[] run(int program, byte[][] packets) throws IOException {
    return run(program, packets, packet -> ProgramRun.run(program, packet, 1));
  }

  private static long[] run(int program, byte[][] packets, Sending sending) throws IOException {
    Path info = Path.of("/proc/self/fdinfo/" + program);
    long[] means = new long[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      long[] before = KernelProgramBench.stats(info);
      for (int i = 0; i < ROUND; i++) {
        sending.send(packets[i % packets.length]);
      }
      long[] after = KernelProgramBench.stats(info);
      means[round] = (after[0] - before[0]) / (after[1] - before[1]);
    }
    Arrays.sort(means);
    return means;
  }
}
