package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.daemon.RandomQueries;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.Lab;
import dev.gander.kernel.ProgramRun;
import dev.gander.kernel.UdpSocket;
import dev.gander.message.Answer;
import dev.gander.message.ExtendedError;
import dev.gander.message.Name;
import dev.gander.message.QueryView;
import dev.gander.message.Question;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import dev.gander.message.Transport;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * BPF_PROG_TEST_RUN over random messages, half of them odd or spoilt, in frames with and without
 * VLAN tags: what the kernel answers is, byte for byte, what user space says to the same message.
 */
@Tag("kernel")
class KernelAnswersCorpusKernelTest {

  private static final int MESSAGES = 30_000;
  private static final int REDIRECT = 7;
  private static final int CAPACITY = 4096;

  @Test
  void whatTheKernelAnswersUserSpaceSaysToo() throws Exception {
    try (Lab lab = new Lab('o', 'p');
        BpfObject object = load();
        KernelAnswers answers = new KernelAnswers(object, CAPACITY, new GroupPaths());
        UdpSocket four = listen(lab, object, IpFamily.IPV4, "0.0.0.0", 0);
        UdpSocket six = listen(lab, object, IpFamily.IPV6, "::", Shared.LISTENERS_MAX)) {
      assertThat(four.fd()).isNotEqualTo(six.fd());
      publish(answers);
      answers.enable(new KernelAnswers.Mode(1, false, 30, 0, 0));
      int program = object.program("lan_ingress");
      RandomQueries random = new RandomQueries(7);
      int answered = lab.router().call(() -> runAll(program, random));
      assertThat(answered).isBetween(MESSAGES / 4, MESSAGES * 9 / 10);
    }
  }

  private static int runAll(int program, RandomQueries random) throws Exception {
    QueryView view = new QueryView();
    byte[] out = new byte[4096];
    int answered = 0;
    for (int i = 0; i < MESSAGES; i++) {
      byte[] message = random.message(i & 0xffff);
      byte[] packet = frame(random, message);
      ProgramRun.Result result = ProgramRun.run(program, packet, 1);
      boolean byKernel =
          result.retval() == REDIRECT && ByteBuffer.wrap(result.packet()).getShort(0) != 0x0267;
      if (byKernel) {
        answered++;
        Frame.Read reply = Objects.requireNonNull(Frame.read(result.packet()));
        QueryView.Verdict verdict = view.parse(message, 0, message.length);
        String asked = HexFormat.of().formatHex(message);
        assertThat(verdict).as(asked).isEqualTo(QueryView.Verdict.OK);
        assertThat(view.qclass()).as(asked).isEqualTo(Question.CLASS_IN);
        int length = answer(view.type()).writeTo(view, 0, view.answerLimit(Transport.UDP), out);
        assertThat(reply.payload().getBytes(StandardCharsets.ISO_8859_1))
            .as(asked)
            .isEqualTo(Arrays.copyOf(out, length));
        assertThat(reply.checksumsHold()).as(asked).isTrue();
        assertThat(reply.tags()).isEqualTo(Objects.requireNonNull(Frame.read(packet)).tags());
      }
    }
    return answered;
  }

  private static byte[] frame(RandomQueries random, byte[] message) throws Exception {
    Frame frame = new Frame("00:00:00:00:00:00", "02:00:00:00:00:09");
    for (int tags = Math.max(0, random.next(4) - 1); tags > 0; tags--) {
      frame.tag(tags == 1 ? 0x8100 : 0x88a8, 1 + random.next(4094));
    }
    int port = 1 + random.next(0xffff);
    return random.next(2) == 0
        ? frame.udp("10.53.0.2", port, "198.51.100.53", 53, message)
        : frame.udp("2001:db8:53::2", port, "2001:db8::53", 53, message);
  }

  private static BpfObject load() throws Exception {
    try (InputStream in =
        KernelAnswersCorpusKernelTest.class.getResourceAsStream("/bpf/intercept.o")) {
      BpfObject.Blueprint blueprint =
          BpfObject.blueprint("intercept", Objects.requireNonNull(in).readAllBytes())
              .readOnlyData(Shared.settings(1, 1, false, true, 0))
              .maxEntries("handoffs", 1);
      KernelAnswers.size(blueprint, CAPACITY);
      return blueprint.load();
    }
  }

  private static UdpSocket listen(Lab lab, BpfObject object, IpFamily family, String any, int slot)
      throws Exception {
    UdpSocket socket =
        lab.router().call(() -> UdpSocket.open(family, EnumSet.noneOf(UdpSocket.Option.class)));
    socket.bind(new InetSocketAddress(any, 0));
    object.map("listen_sockets").update(Shared.u32(slot), Shared.u64(socket.fd()));
    return socket;
  }

  /** What is said of every name. */
  private static Answer answer(int type) {
    return switch (type) {
      case RecordType.A, RecordType.AAAA ->
          Answer.unspecifiedAddress(type, 77, ExtendedError.FILTERED, "corpus");
      default -> Answer.negative(Rcode.NXDOMAIN, 99, ExtendedError.FILTERED, "corpus");
    };
  }

  private static void publish(KernelAnswers answers) {
    for (String name : RandomQueries.names()) {
      RandomQueries.types()
          .forEach(type -> {
            for (int how = 0; how < 4; how++) {
              KernelAnswer.Key key =
                  new KernelAnswer.Key(
                      Name.toWire(name), type, (how & 1) != 0, (how & 2) != 0, 0, 0, 0);
              KernelAnswer.Life life = KernelAnswer.Life.constant(1);
              assertThat(
                      answers.put(
                          new KernelAnswer(
                              key, content(answer(type)), life, KernelAnswer.Lesson.NONE, 0)))
                  .isTrue();
            }
          });
    }
  }

  private static KernelAnswer.Content content(Answer answer) {
    return new KernelAnswer.Content(
        answer.headerFlags() | answer.rcode().code(),
        answer.answerCount(),
        answer.authorityCount(),
        answer.additionalCount(),
        answer.recordBytes(),
        answer.ttlOffsets(),
        answer.options(),
        answer.staleOptions(),
        false);
  }
}
