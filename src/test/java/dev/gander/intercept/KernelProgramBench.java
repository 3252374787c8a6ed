package dev.gander.intercept;

import dev.gander.geodata.GeoDataFiles;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.Lab;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.ProgramRun;
import dev.gander.kernel.TcHook;
import dev.gander.kernel.UdpSocket;
import dev.gander.message.Name;
import dev.gander.publish.TrafficImage;
import dev.gander.route.TrafficRouter;
import dev.gander.route.TrafficText;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * What one answer costs the kernel's program, by BPF_PROG_TEST_RUN of lan_ingress and on real
 * frames: {@code bench/program} runs it. Names come in random order, so that with many of them no
 * cache holds what the next query needs; the time is the kernel's (bpf_stats_enabled), rounds are
 * short so that the smallest and the median say what a busy machine hides.
 */
final class KernelProgramBench {

  private static final int A = 1;
  private static final int ROUND = 10_000;

  /** Real frames: dnsperf asks from the lab's client, so long and so often a round. */
  private static final double FRAMES_SECONDS = 1;

  private static final int FRAMES_RATE = 20_000;
  private static final int FRAMES_ROUNDS = 9;

  /** Where a frame that went up has it. */
  private static final byte HANDED_OVER = 0x67;

  private static final Path STATS = Path.of("/proc/sys/kernel/bpf_stats_enabled");

  private KernelProgramBench() {}

  /**
   * {@code main(rounds, names...)}, each {@code 1000} or {@code 1000+300000}, or {@code 1000?}
   * where rules ask for names; as root.
   */
  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    System.out.printf(
        "%8s %8s %8s %8s %8s   ns a query, rounds of %d%n",
        "names", "rejected", "min", "median", "max", ROUND);
    System.out.println("and the same of real frames, " + FRAMES_RATE + " a second");
    for (String names : Arrays.asList(arguments).subList(1, arguments.length)) {
      String[] parts = names.split("[+?]", -1);
      boolean taught = names.endsWith("?");
      int rejected = parts.length == 1 || taught ? 0 : Integer.parseInt(parts[1]);
      measure(Integer.parseInt(parts[0]), rejected, taught, rounds);
    }
  }

  private static void measure(int names, int rejected, boolean taught, int rounds)
      throws Exception {
    int capacity = Integer.highestOneBit(Math.max(names, 512) * 2 - 1);
    try (Lab lab = new Lab('b', 'c');
        BpfObject object = load(capacity);
        KernelAnswers answers = new KernelAnswers(object, capacity, new GroupPaths());
        KernelRouting routing = new KernelRouting(object);
        UdpSocket socket =
            lab.router()
                .call(
                    () -> UdpSocket.open(IpFamily.IPV4, EnumSet.noneOf(UdpSocket.Option.class)))) {
      socket.bind(new InetSocketAddress("0.0.0.0", 0));
      object.map("listen_sockets").update(Shared.u32(0), Shared.u64(socket.fd()));
      reject(answers, rejected);
      answers.enable(new KernelAnswers.Mode(1, false, 30, 0, 0));
      byte[][] queries = new byte[names][];
      KernelAnswer.Lesson lesson = taught ? teach(routing) : KernelAnswer.Lesson.NONE;
      for (int i = 0; i < names; i++) {
        answers.put(answer(i, lesson));
        queries[i] = query(i);
      }
      int program = object.program("lan_ingress");
      long[] means = lab.router().call(() -> run(program, queries, rounds));
      Arrays.sort(means);
      long[] frames = frames(lab, program, names, answers);
      System.out.printf(
          "%8s %8d %8d %8d %8d   frames %8d %8d %8d%n",
          names + (taught ? "?" : ""),
          rejected,
          means[0],
          means[rounds / 2],
          means[rounds - 1],
          frames[0],
          frames[FRAMES_ROUNDS / 2],
          frames[FRAMES_ROUNDS - 1]);
    }
  }

  /** What all answers teach: the name of a rule. */
  private static KernelAnswer.Lesson teach(KernelRouting routing) throws Exception {
    TrafficRouter router =
        TrafficRouter.build(
            TrafficText.rules("direct", List.of("domain(example.org) -> direct(mark: 1)")),
            new GeoDataFiles(List.of()),
            warning -> {});
    routing.install(
        TrafficImage.of(router, false),
        4096,
        1,
        name -> router.rulesOfDomain(Name.toWire("a.example.org")));
    long end = System.nanoTime() + 3_600_000_000_000L;
    return new KernelAnswer.Lesson(routing.numbering(), 0, end);
  }

  /** Means of rounds in which dnsperf asks for all names alike, in random order. */
  private static long[] frames(Lab lab, int program, int names, KernelAnswers answers)
      throws Exception {
    Path questions = Files.createTempFile("gander-program", ".txt");
    try (Netlink netlink = lab.router().call(Netlink::open);
        TcHook hook =
            lab.router()
                .call(() ->
                    TcHook.attach(
                        TcHook.Kind.TCX,
                        netlink,
                        program,
                        "bench",
                        netlink.link("lan0").orElseThrow().ifindex(),
                        TcHook.Direction.INGRESS))) {
      int[] order = new Random(3).ints(200_000, 0, names).toArray();
      Files.write(
          questions,
          () -> Arrays.stream(order).<CharSequence>mapToObj(i -> name(i) + " A").iterator());
      String dnsperf =
          "nsenter --net=/run/netns/%s dnsperf -s 198.51.100.53 -d %s -l %s -Q %d -c 4"
              .formatted(lab.client().name(), questions, FRAMES_SECONDS, FRAMES_RATE);
      Lab.run(dnsperf);
      long[] means = new long[FRAMES_ROUNDS];
      for (int round = 0; round < means.length; round++) {
        answers.listening(true, false);
        answers.heartbeat(System.nanoTime());
        means[round] = counted(program, () -> Lab.run(dnsperf));
      }
      Arrays.sort(means);
      return hook.isAlive() ? means : new long[means.length];
    } finally {
      Files.delete(questions);
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  /** Mean nanoseconds of the program's runs during {@code work}. */
  private static long counted(int program, Work work) throws Exception {
    Path info = Path.of("/proc/self/fdinfo/" + program);
    Files.writeString(STATS, "1");
    try {
      long[] before = stats(info);
      work.run();
      long[] after = stats(info);
      return (after[0] - before[0]) / Math.max(1, after[1] - before[1]);
    } finally {
      Files.writeString(STATS, "0");
    }
  }

  /** So many names that rules reject, beside those that are asked for. */
  private static void reject(KernelAnswers answers, int names) {
    BlockedNames blocked = answers.newBlockedNames();
    for (int i = 0; i < names; i++) {
      blocked.add(Dns.name("ad" + i + ".ads.example"), true, true, 1, true);
    }
    KernelAnswer.Content nothing =
        new KernelAnswer.Content(
            0, 0, 0, 0, new byte[0], new char[0], new byte[0], new byte[0], true);
    answers.setBlocked(blocked, List.of(nothing, nothing, nothing));
  }

  private static long[] run(int program, byte[][] queries, int rounds) throws IOException {
    Random random = new Random(7);
    Path info = Path.of("/proc/self/fdinfo/" + program);
    Files.writeString(STATS, "1");
    try {
      for (byte[] query : queries) {
        if (ProgramRun.run(program, query, 1).packet()[1] == HANDED_OVER) {
          throw new IllegalStateException("not every name is answered by the kernel");
        }
      }
      long[] means = new long[rounds];
      for (int round = 0; round < rounds; round++) {
        long[] before = stats(info);
        for (int i = 0; i < ROUND; i++) {
          ProgramRun.run(program, queries[random.nextInt(queries.length)], 1);
        }
        long[] after = stats(info);
        means[round] = (after[0] - before[0]) / (after[1] - before[1]);
      }
      return means;
    } finally {
      Files.writeString(STATS, "0");
    }
  }

  /** Nanoseconds and runs so far. */
  static long[] stats(Path info) throws IOException {
    long[] values = new long[2];
    for (String line : Files.readAllLines(info)) {
      if (line.startsWith("run_time_ns:")) {
        values[0] = Long.parseLong(line.substring(12).strip());
      } else if (line.startsWith("run_cnt:")) {
        values[1] = Long.parseLong(line.substring(8).strip());
      }
    }
    return values;
  }

  private static BpfObject load(int capacity) throws IOException {
    try (InputStream in = KernelProgramBench.class.getResourceAsStream("/bpf/intercept.o")) {
      BpfObject.Blueprint blueprint =
          BpfObject.blueprint("intercept", Objects.requireNonNull(in).readAllBytes())
              .readOnlyData(Shared.settings(1, 1, false, true, 0))
              .maxEntries("handoffs", 1);
      KernelAnswers.size(blueprint, capacity);
      return blueprint.load();
    }
  }

  private static String name(int i) {
    return "host" + i + ".example.org";
  }

  private static KernelAnswer answer(int i, KernelAnswer.Lesson lesson) {
    long now = System.nanoTime();
    long end = now + 3_600_000_000_000L;
    byte[] record = Dns.record(A, 3600, (byte) 10, (byte) (i >> 16), (byte) (i >> 8), (byte) i);
    return new KernelAnswer(
        new KernelAnswer.Key(Dns.name(name(i)), A, false, false, 0, 0, 0),
        new KernelAnswer.Content(
            0, 1, 0, 0, record, new char[] {6}, new byte[0], new byte[] {0, 15, 0, 2, 0, 3}, false),
        new KernelAnswer.Life(1, false, now, end, end),
        lesson,
        i);
  }

  private static byte[] query(int i) throws Exception {
    byte[] dns = Dns.edns(Dns.query(i, Dns.RD, name(i), A), 1232, 0);
    return new Frame("00:00:00:00:00:00", "02:00:00:00:00:09")
        .udp("10.0.0.1", 5000, "198.51.100.53", 53, dns);
  }
}
