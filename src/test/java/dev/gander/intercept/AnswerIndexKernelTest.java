package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.gander.kernel.BpfObject;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.Lab;
import dev.gander.kernel.ProgramRun;
import dev.gander.kernel.UdpSocket;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which answers stay when there are more than fit, as the kernel's program finds them. */
@Tag("kernel")
class AnswerIndexKernelTest {

  private static final int CAPACITY = 2048;
  private static final int A = 1;
  private static final long SECOND = 1_000_000_000L;

  /** In a frame that went up. */
  private static final byte HANDED_OVER = 0x67;

  private Lab lab;
  private BpfObject object;
  private UdpSocket socket;
  private KernelAnswers answers;

  @BeforeEach
  void load() throws Exception {
    lab = new Lab('i', 'j');
    try (InputStream in = getClass().getResourceAsStream("/bpf/intercept.o")) {
      BpfObject.Blueprint blueprint =
          BpfObject.blueprint("intercept", Objects.requireNonNull(in).readAllBytes())
              .readOnlyData(Shared.settings(1, 1, false, true, 0))
              .maxEntries("handoffs", 1);
      KernelAnswers.size(blueprint, CAPACITY);
      object = blueprint.load();
    }
    socket =
        lab.router()
            .call(() -> UdpSocket.open(IpFamily.IPV4, EnumSet.noneOf(UdpSocket.Option.class)));
    socket.bind(new InetSocketAddress("0.0.0.0", 0));
    object.map("listen_sockets").update(Shared.u32(0), Shared.u64(socket.fd()));
    answers = new KernelAnswers(object, CAPACITY, new GroupPaths());
    answers.enable(new KernelAnswers.Mode(1, false, 30, 0, 0));
  }

  @AfterEach
  void unload() throws Exception {
    answers.close();
    socket.close();
    object.close();
    lab.close();
  }

  private void put(int name, int records) {
    put(name, records, KernelAnswer.Life.constant(1));
  }

  private void put(int name, int records, KernelAnswer.Life life) {
    byte[] bytes = new byte[16 * records];
    char[] ttls = new char[records];
    for (int i = 0; i < records; i++) {
      byte[] record = Dns.record(A, 60, (byte) 192, (byte) 0, (byte) 2, (byte) i);
      System.arraycopy(record, 0, bytes, 16 * i, 16);
      ttls[i] = (char) (16 * i + 6);
    }
    KernelAnswer answer =
        new KernelAnswer(
            new KernelAnswer.Key(Dns.name("n" + name + ".example"), A, false, false, 0, 0, 0),
            new KernelAnswer.Content(
                0, records, 0, 0, bytes, ttls, new byte[0], new byte[0], false),
            life,
            KernelAnswer.Lesson.NONE,
            name);
    assertThat(answers.put(answer)).isTrue();
  }

  /** Asks for names from {@code from} on; those that the kernel answers. */
  private BitSet ask(int from, int to) throws Exception {
    int program = object.program("lan_ingress");
    return lab.router()
        .call(() -> {
          BitSet answered = new BitSet();
          for (int i = from; i < to; i++) {
            byte[] query = Dns.edns(Dns.query(1, Dns.RD, "n" + i + ".example", A), 1232, 0);
            byte[] packet =
                new Frame("00:00:00:00:00:00", "02:00:00:00:00:09")
                    .udp("10.53.0.2", 5000, "198.51.100.53", 53, query);
            answered.set(i, ProgramRun.run(program, packet, 1).packet()[1] != HANDED_OVER);
          }
          return answered;
        });
  }

  private Map<Integer, Integer> hits() {
    return hits(0, true);
  }

  private Map<Integer, Integer> hits(long now, boolean all) {
    Map<Integer, Integer> hits = new HashMap<>();
    answers.takeHits(now, all, (slot, count) -> hits.merge(slot, count, Integer::sum));
    return hits;
  }

  @Test
  void asManyAsFitAreAllAnsweredAndEachHitIsTold() throws Exception {
    for (int i = 0; i < CAPACITY; i++) {
      put(i, 1);
    }
    assertThat(ask(0, CAPACITY).cardinality()).isEqualTo(CAPACITY);
    ask(0, CAPACITY / 2);
    Map<Integer, Integer> hits = hits();
    for (int i = 0; i < CAPACITY; i++) {
      assertThat(hits.get(i)).as("hits of " + i).isEqualTo(i < CAPACITY / 2 ? 2 : 1);
    }
    assertThat(hits()).isEmpty();
  }

  @Test
  void hitsAreToldByThemselvesOnlyWhenAnAnswerNearsItsEnd() throws Exception {
    long now = System.nanoTime();
    long end = now + 100 * SECOND;
    put(1, 1, new KernelAnswer.Life(1, false, now, end, end));
    ask(1, 2);
    put(1, 2, new KernelAnswer.Life(1, false, now, end, end));
    ask(1, 2);
    assertThat(hits(now + 79 * SECOND, false)).isEmpty();
    assertThat(hits(now + 81 * SECOND, false))
        .as("of before and after")
        .containsExactly(entry(1, 2));
    ask(1, 2);
    assertThat(hits(now + 90 * SECOND, false)).as("told a moment ago").isEmpty();
    assertThat(hits(now + 92 * SECOND, false)).containsExactly(entry(1, 1));
    ask(1, 2);
    assertThat(hits(now + 92 * SECOND, true)).as("if all are wanted").containsExactly(entry(1, 1));
  }

  @Test
  void whatIsAskedForStaysAndWhatIsNotGoes() throws Exception {
    for (int i = 0; i < CAPACITY; i++) {
      put(i, 1);
    }
    for (int i = 0; i < 4 * CAPACITY; i++) {
      if (i % 64 == 0) {
        ask(0, 256);
        hits();
      }
      put(CAPACITY + i, 1);
    }
    assertThat(ask(0, 256).cardinality()).as("of 256 popular ones").isGreaterThan(252);
    int rest = ask(256, 5 * CAPACITY).cardinality();
    assertThat(rest).as("of others").isBetween(CAPACITY * 3 / 4, CAPACITY);
    assertThat(ask(5 * CAPACITY - 200, 5 * CAPACITY).cardinality())
        .as("of the last 200")
        .isGreaterThan(195);
  }

  @Test
  void anAnswerThatGrowsOrShrinksIsFoundOnceAndGivesItsPlaceBack() throws Exception {
    for (int round = 0; round < 300; round++) {
      for (int i = 0; i < 20; i++) {
        put(i, (round + i) % 2 == 0 ? 20 : 1);
      }
    }
    assertThat(ask(0, 20).cardinality()).isEqualTo(20);
    for (int i = 0; i < 20; i++) {
      answers.remove(
          new KernelAnswer.Key(Dns.name("n" + i + ".example"), A, false, false, 0, 0, 0));
    }
    assertThat(ask(0, 20).cardinality()).isZero();
    for (int i = 0; i < CAPACITY / 8; i++) {
      put(i, 20);
    }
    assertThat(ask(0, CAPACITY / 8).cardinality()).isEqualTo(CAPACITY / 8);
  }

  @Test
  void anotherControllerOfTheSameMapsKnowsWhatIsThere() throws Exception {
    for (int i = 0; i < CAPACITY; i++) {
      put(i, 1);
    }
    answers.close();
    answers = new KernelAnswers(object, CAPACITY, new GroupPaths());
    assertThat(ask(0, CAPACITY).cardinality()).isEqualTo(CAPACITY);
    assertThat(hits()).as("of nobody's slots").isEmpty();
    for (int i = 0; i < CAPACITY; i++) {
      put(i, 2);
    }
    assertThat(ask(0, CAPACITY).cardinality()).isEqualTo(CAPACITY);
    assertThat(hits()).hasSize(CAPACITY);
  }
}
