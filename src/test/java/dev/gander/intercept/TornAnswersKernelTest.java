package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.kernel.BpfObject;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.Lab;
import dev.gander.kernel.ProgramRun;
import dev.gander.kernel.UdpSocket;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One side replaces entries as fast as it can, the other reads them: whatever comes out is one
 * answer whole. Each answer's records are all filled with one byte, so that a mixed one shows.
 */
@Tag("kernel")
class TornAnswersKernelTest {

  private static final int READS = 150_000;
  private static final int REDIRECT = 7;
  private static final int A = 1;

  private final AtomicBoolean done = new AtomicBoolean();

  /** With so many places and none beside, so that they go from name to name at once. */
  private static BpfObject load(int capacity) throws Exception {
    try (InputStream in = TornAnswersKernelTest.class.getResourceAsStream("/bpf/intercept.o")) {
      BpfObject.Blueprint blueprint =
          BpfObject.blueprint("intercept", Objects.requireNonNull(in).readAllBytes())
              .readOnlyData(Shared.settings(1, 1, false, true, 0))
              .maxEntries("handoffs", 1);
      KernelAnswers.size(blueprint, capacity);
      blueprint
          .maxEntries("answers_small", 1)
          .maxEntries("answers_large", Math.max(1, capacity / 8));
      return blueprint.load();
    }
  }

  private static KernelAnswer filled(int name, int fill, int records) {
    byte[] bytes = new byte[28 * records];
    char[] ttls = new char[records];
    for (int i = 0; i < records; i++) {
      byte[] data = new byte[16];
      Arrays.fill(data, (byte) fill);
      System.arraycopy(Dns.record(28, fill, data), 0, bytes, 28 * i, 28);
      ttls[i] = (char) (28 * i + 6);
    }
    return new KernelAnswer(
        new KernelAnswer.Key(Dns.name("name" + name + ".example"), A, false, false, 0, 0, 0),
        new KernelAnswer.Content(0, records, 0, 0, bytes, ttls, new byte[0], new byte[0], false),
        KernelAnswer.Life.constant(1),
        KernelAnswer.Lesson.NONE,
        0);
  }

  private static byte[] queryFor(int name) throws Exception {
    return new Frame("00:00:00:00:00:00", "02:00:00:00:00:09")
        .udp(
            "10.0.0.1",
            5000,
            "198.51.100.53",
            53,
            Dns.query(1, Dns.RD, "NAME" + name + ".example", A));
  }

  private long write(KernelAnswers answers, int names, int records) {
    Random random = new Random(1);
    KernelAnswer[] all = new KernelAnswer[names * 16];
    for (int i = 0; i < all.length; i++) {
      all[i] = filled(i % names, 1 + i / names * 7, records);
    }
    long writes = 0;
    while (!done.get()) {
      answers.put(all[random.nextInt(all.length)]);
      writes++;
    }
    return writes;
  }

  /** How many answers were read, each looked at byte by byte. */
  private static int read(int program, int names, int records) throws Exception {
    byte[][] queries = new byte[names][];
    for (int i = 0; i < names; i++) {
      queries[i] = queryFor(i);
    }
    int answered = 0;
    for (int i = 0; i < READS; i++) {
      ProgramRun.Result result = ProgramRun.run(program, queries[i % names], 1);
      assertThat(result.retval()).isEqualTo(REDIRECT);
      if (result.packet()[1] != 0x67) { // else it went up
        answered++;
        look(result.packet(), "NAME" + i % names, records);
      }
    }
    return answered;
  }

  private static void look(byte[] packet, String name, int records) throws Exception {
    Frame.Read reply = Objects.requireNonNull(Frame.read(packet));
    byte[] dns = reply.payload().getBytes(StandardCharsets.ISO_8859_1);
    int from = 12 + name.length() + 14;
    if (dns.length != from + 28 * records || !reply.checksumsHold()) {
      throw new AssertionError("length " + dns.length + ", checksums " + reply.checksumsHold());
    }
    byte fill = dns[from + 12];
    for (int i = 0; i < records; i++) {
      int at = from + 28 * i;
      boolean whole = dns[at + 9] == fill;
      for (int j = 12; j < 28; j++) {
        whole &= dns[at + j] == fill;
      }
      if (!whole) {
        throw new AssertionError("an answer of two");
      }
    }
  }

  private void hammer(int names, int records, int capacity) throws Exception {
    try (Lab lab = new Lab('t', 'v');
        BpfObject object = load(capacity);
        KernelAnswers answers = new KernelAnswers(object, capacity, new GroupPaths());
        UdpSocket socket =
            lab.router()
                .call(() -> UdpSocket.open(IpFamily.IPV4, EnumSet.noneOf(UdpSocket.Option.class)));
        ExecutorService writer = Executors.newSingleThreadExecutor()) {
      socket.bind(new InetSocketAddress("0.0.0.0", 0));
      object.map("listen_sockets").update(Shared.u32(0), Shared.u64(socket.fd()));
      answers.enable(new KernelAnswers.Mode(1, false, 30, 0, 0));
      answers.put(filled(0, 1, records));
      Callable<Long> writing = () -> write(answers, names, records);
      Future<Long> writes = writer.submit(writing);
      int answered;
      try {
        int program = object.program("lan_ingress");
        answered = lab.router().call(() -> read(program, names, records));
      } finally {
        done.set(true);
      }
      assertThat(answered).as("reads that met an answer").isGreaterThan(READS / 20);
      assertThat(writes.get()).isGreaterThan(READS / 20L);
    }
  }

  @Test
  void aSmallAnswerIsNeverMixed() throws Exception {
    hammer(1, 6, 1);
  }

  @Test
  void aLargeAnswerIsNeverMixed() throws Exception {
    hammer(1, 16, 1);
  }

  @Test
  void norUnderPressureWhereElementsGoFromNameToName() throws Exception {
    hammer(3, 6, 1);
  }
}
