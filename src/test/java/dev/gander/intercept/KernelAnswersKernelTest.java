package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.kernel.BpfObject;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.Lab;
import dev.gander.kernel.ProgramRun;
import dev.gander.kernel.UdpSocket;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.QueryView;
import dev.gander.message.Question;
import dev.gander.message.Rcode;
import dev.gander.message.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Answers from the kernel by BPF_PROG_TEST_RUN, byte by byte those that user space would write. */
@Tag("kernel")
class KernelAnswersKernelTest {

  private static final int REDIRECT = 7;
  private static final long SECOND = 1_000_000_000L;
  private static final String OUR_MAC = "00:00:00:00:00:00";
  private static final String CLIENT_MAC = "02:00:00:00:00:09";
  private static final int A = 1;
  private static final int AAAA = 28;
  private static final String NAME = "www.example.org";

  private Lab lab;
  private BpfObject object;
  private int program;
  private KernelAnswers answers;
  private final List<UdpSocket> sockets = new ArrayList<>();

  @BeforeEach
  void load() throws Exception {
    lab = new Lab('m', 'n');
    try (InputStream in = getClass().getResourceAsStream("/bpf/intercept.o")) {
      BpfObject.Blueprint blueprint =
          BpfObject.blueprint("intercept", Objects.requireNonNull(in).readAllBytes())
              .readOnlyData(Shared.settings(1, 1, false, true, 0))
              .maxEntries("handoffs", 1);
      KernelAnswers.size(blueprint, 1024);
      object = blueprint.load();
    }
    program = object.program("lan_ingress");
    answers = new KernelAnswers(object, 1024, new GroupPaths());
    listen(IpFamily.IPV4, "0.0.0.0", 0);
    listen(IpFamily.IPV6, "::", Shared.LISTENERS_MAX);
    answers.enable(new KernelAnswers.Mode(1, false, 30, 0, 0));
  }

  private void listen(IpFamily family, String any, int slot) throws Exception {
    UdpSocket socket =
        lab.router().call(() -> UdpSocket.open(family, EnumSet.noneOf(UdpSocket.Option.class)));
    socket.bind(new InetSocketAddress(any, 0));
    object.map("listen_sockets").update(Shared.u32(slot), Shared.u64(socket.fd()));
    sockets.add(socket);
  }

  @AfterEach
  void unload() throws IOException {
    answers.close();
    sockets.forEach(UdpSocket::close);
    object.close();
    lab.close();
  }

  private ProgramRun.Result run(byte[] packet) throws Exception {
    return lab.router().call(() -> ProgramRun.run(program, packet, 1));
  }

  private Map<String, Long> counters() {
    return new ProgramCounters(object.map("counters")).read();
  }

  private static Frame frame() {
    return new Frame(OUR_MAC, CLIENT_MAC);
  }

  private static byte[] ipv4(byte[] dns) throws Exception {
    return frame().udp("10.53.0.2", 5000, "198.51.100.53", 53, dns);
  }

  private static byte[] ipv6(byte[] dns) throws Exception {
    return frame().udp("2001:db8:53::2", 5000, "2001:db8::53", 53, dns);
  }

  private static Answer parse(byte[] response, String name, int type) throws Exception {
    byte[] query = Dns.query(0, Dns.RD, name.toLowerCase(Locale.ROOT), type);
    QueryView view = new QueryView();
    view.parse(query, 0, query.length);
    Question question = view.toQuery(new Client()).question();
    return Answer.parse(response, 0, response.length, question);
  }

  /** Puts a response's records under its question for everybody. */
  private boolean put(byte[] response, String name, int type, int how, KernelAnswer.Life life) {
    return answers.put(answer(response, name, type, how, life, new byte[0]));
  }

  private static KernelAnswer answer(
      byte[] response, String name, int type, int how, KernelAnswer.Life life, byte[] options) {
    byte[] wire = Dns.name(name.toLowerCase(Locale.ROOT));
    byte[] records = Arrays.copyOfRange(response, 16 + wire.length, response.length);
    List<Character> ttls = new ArrayList<>();
    for (int at = 0; at < records.length; ) {
      ttls.add((char) (at + 6));
      at += 12 + ByteBuffer.wrap(records).getShort(at + 10);
    }
    char[] ttlOffsets = new char[ttls.size()];
    for (int i = 0; i < ttlOffsets.length; i++) {
      ttlOffsets[i] = ttls.get(i);
    }
    ByteBuffer head = ByteBuffer.wrap(response);
    return new KernelAnswer(
        new KernelAnswer.Key(wire, type, (how & 1) != 0, (how & 2) != 0, 0, 0, 0),
        new KernelAnswer.Content(
            head.getShort(2) & 0x042f,
            head.getShort(6),
            head.getShort(8),
            head.getShort(10),
            records,
            ttlOffsets,
            options,
            new byte[] {0, 15, 0, 2, 0, 3},
            false),
        life,
        KernelAnswer.Lesson.NONE,
        7);
  }

  private static KernelAnswer.Life fresh() {
    return aged(0);
  }

  /** Stored so many seconds (and a half) ago, for an hour. */
  private static KernelAnswer.Life aged(int seconds) {
    long stored = System.nanoTime() - seconds * SECOND - SECOND / 2;
    return new KernelAnswer.Life(1, false, stored, stored + 3600 * SECOND, stored + 3600 * SECOND);
  }

  private static byte[] expected(Answer answer, byte[] query, int age) {
    QueryView view = new QueryView();
    assertThat(view.parse(query, 0, query.length)).isEqualTo(QueryView.Verdict.OK);
    byte[] out = new byte[4096];
    int length = answer.writeTo(view, age, view.answerLimit(Transport.UDP), out);
    return Arrays.copyOf(out, length);
  }

  /** The reply's DNS message; checks all that lies before it. */
  private byte[] replyTo(byte[] packet) throws Exception {
    ProgramRun.Result result = run(packet);
    assertThat(result.retval()).as("answered: " + counters()).isEqualTo(REDIRECT);
    Frame.Read asked = Objects.requireNonNull(Frame.read(packet));
    Frame.Read reply = Objects.requireNonNull(Frame.read(result.packet()));
    assertThat(reply.checksumsHold()).as("checksums").isTrue();
    assertThat(reply.from()).isEqualTo(asked.to());
    assertThat(reply.to()).isEqualTo(asked.from());
    assertThat(reply.fromPort()).isEqualTo(53);
    assertThat(reply.toPort()).isEqualTo(asked.fromPort());
    assertThat(reply.destination()).isEqualTo(asked.source());
    assertThat(reply.source()).isEqualTo(asked.destination());
    assertThat(reply.tags()).isEqualTo(asked.tags());
    return reply.payload().getBytes(StandardCharsets.ISO_8859_1);
  }

  private void expectUp(String counter, byte[] packet) throws Exception {
    Map<String, Long> before = counters();
    ProgramRun.Result result = run(packet);
    assertThat(result.retval()).isEqualTo(REDIRECT);
    assertThat(ByteBuffer.wrap(result.packet()).getShort(0))
        .as("went up")
        .isEqualTo((short) 0x0267);
    assertThat(counters().get(counter)).as(counter).isEqualTo(before.getOrDefault(counter, 0L) + 1);
  }

  @Test
  void aHitIsByteForByteWhatUserSpaceWrites() throws Exception {
    for (String name :
        List.of(
            NAME,
            "a.b",
            "x",
            "odd.example",
            "four.labels.in.it",
            "l".repeat(63) + "." + "m".repeat(63) + ".n")) {
      for (int count : new int[] {1, 2, 3, 12, 25}) {
        for (int flags : new int[] {0x0080, 0x00a0}) {
          byte[] response = Dns.response(flags, name, A, Dns.addresses(count, 100));
          Answer answer = parse(response, name, A);
          for (int how = 0; how < 4; how++) {
            for (int age : new int[] {0, 1, 99, 200}) {
              assertThat(put(response, name, A, how, aged(age))).isTrue();
              int asked = Dns.RD | ((how & 2) != 0 ? Dns.CD : 0);
              for (int ad : new int[] {0, Dns.AD}) {
                byte[] plain = Dns.query(0x1234, asked | ad, name.toUpperCase(Locale.ROOT), A);
                byte[] edns = Dns.edns(plain, 4096, (how & 1) != 0 ? Dns.DO : 0);
                for (byte[] query : (how & 1) != 0 ? List.of(edns) : List.of(plain, edns)) {
                  expectAlike(query, expected(answer, query, age));
                }
              }
            }
          }
        }
      }
    }
  }

  private void expectAlike(byte[] query, byte[] expected) throws Exception {
    if ((expected[2] & 2) != 0) { // cut for this client: not for the kernel
      expectUp("kernel_large", ipv4(query));
      expectUp("kernel_large", ipv6(query));
    } else {
      assertThat(replyTo(ipv4(query))).isEqualTo(expected);
      assertThat(replyTo(ipv6(query))).isEqualTo(expected);
    }
  }

  @Test
  void anythingOddGoesUpAndIsCounted() throws Exception {
    byte[] response = Dns.response(0x80, NAME, A, Dns.addresses(2, 100));
    put(response, NAME, A, 0, fresh());
    byte[] good = Dns.query(1, Dns.RD, NAME, A);
    replyTo(ipv4(good));
    expectUp("kernel_odd_header", ipv4(Dns.query(1, 0, NAME, A)));
    expectUp("kernel_odd_header", ipv4(Dns.query(1, Dns.RD | 0x8000, NAME, A)));
    expectUp("kernel_odd_header", ipv4(Dns.query(1, Dns.RD | 0x2800, NAME, A)));
    expectUp("kernel_odd_header", ipv4(Dns.query(1, Dns.RD | 0x0200, NAME, A)));
    expectUp("kernel_odd_header", ipv4(Dns.query(1, Dns.RD | 0x0040, NAME, A)));
    for (int count : new int[] {4, 5, 6, 7, 8, 9, 10}) {
      byte[] odd = good.clone();
      odd[count] = (byte) (odd[count] + 2);
      expectUp("kernel_odd_header", ipv4(odd));
    }
    expectUp(
        "kernel_odd_opt", ipv4(Dns.edns(good, 1232, 0, (byte) 0, (byte) 10, (byte) 0, (byte) 0)));
    expectUp("kernel_odd_opt", ipv4(Dns.edns(good, 1232, 0x4000)));
    expectUp("kernel_odd_opt", ipv4(Arrays.copyOf(good, good.length + 1)));
    byte[] version1 = Dns.edns(good, 1232, 0);
    version1[good.length + 6] = 1;
    expectUp("kernel_odd_opt", ipv4(version1));
    byte[] compressed = good.clone();
    compressed[12] = (byte) 0xc0;
    expectUp("kernel_odd_name", ipv4(compressed));
    byte[] chaos = good.clone();
    chaos[chaos.length - 1] = 3;
    expectUp("kernel_odd_type", ipv4(chaos));
    for (int type : new int[] {0, 41, 249, 250, 251, 252, 253, 254}) {
      expectUp("kernel_odd_type", ipv4(Dns.query(1, Dns.RD, NAME, type)));
    }
    byte[] badSum = ipv4(good);
    badSum[14 + 20 + 6] ^= 1;
    expectUp("kernel_odd_checksum", badSum);
    byte[] badIpSum = ipv4(good);
    badIpSum[14 + 10] ^= 1;
    expectUp("kernel_odd_checksum", badIpSum);
    expectUp(
        "kernel_odd_frame",
        frame()
            .ipv4Options(new byte[] {1, 1, 1, 1})
            .udp("10.53.0.2", 5000, "198.51.100.53", 53, good));
    expectUp("kernel_odd_frame", frame().udp("127.0.0.1", 5000, "198.51.100.53", 53, good));
    expectUp("kernel_odd_frame", frame().udp("10.53.0.2", 0, "198.51.100.53", 53, good));
    expectUp("kernel_odd_frame", frame().udp("::1", 5000, "2001:db8::53", 53, good));
    expectUp("kernel_absent", ipv4(Dns.query(1, Dns.RD, NAME, AAAA)));
    expectUp("kernel_absent", ipv4(Dns.query(1, Dns.RD | Dns.CD, NAME, A)));
    expectUp("kernel_absent", ipv4(Dns.query(1, Dns.RD, "x" + NAME, A)));
  }

  @Test
  void tagsComeBackAndLargeAnswersNeedALargeClient() throws Exception {
    byte[] response = Dns.response(0x80, NAME, A, Dns.addresses(31, 100));
    Answer answer = parse(response, NAME, A);
    put(response, NAME, A, 0, fresh());
    byte[] plain = Dns.query(9, Dns.RD, NAME, A);
    expectUp("kernel_large", ipv4(plain));
    expectUp("kernel_large", ipv4(Dns.edns(plain, 511, 0)));
    byte[] large = Dns.edns(plain, 600, 0);
    byte[] tagged =
        frame().tag(0x88a8, 100).tag(0x8100, 10).udp("10.53.0.2", 5000, "198.51.100.53", 53, large);
    assertThat(replyTo(tagged)).isEqualTo(expected(answer, large, 0));
    byte[] tagged6 = frame().tag(0x8100, 10).udp("2001:db8:53::2", 5000, "2001:db8::53", 53, large);
    assertThat(replyTo(tagged6)).isEqualTo(expected(answer, large, 0));
  }

  @Test
  void anAnswerEndsAndServesStaleOnlyWhereAllowedAndOneQueryRefreshesIt() throws Exception {
    byte[] response = Dns.response(0x80, NAME, A, Dns.addresses(3, 100));
    Answer answer = parse(response, NAME, A);
    byte[] query = Dns.edns(Dns.query(9, Dns.RD, NAME, A), 1232, 0);
    long now = System.nanoTime();
    KernelAnswer.Life ended =
        new KernelAnswer.Life(1, false, now - 20 * SECOND, now - SECOND, now - SECOND);
    put(response, NAME, A, 0, ended);
    expectUp("kernel_ended", ipv4(query));

    put(
        response,
        NAME,
        A,
        0,
        new KernelAnswer.Life(1, false, now - 20 * SECOND, now - SECOND, now + 600 * SECOND));
    expectUp("kernel_refresh", ipv4(query));
    byte[] stale = replyTo(ipv4(query));
    QueryView view = new QueryView();
    view.parse(query, 0, query.length);
    byte[] out = new byte[1232];
    assertThat(stale).isEqualTo(Arrays.copyOf(out, answer.writeStaleTo(view, 30, 1232, out)));

    long[] hits = new long[1];
    answers.takeHits(now, true, (slot, count) -> hits[0] += slot == 7 ? count : 100);
    assertThat(hits[0]).isEqualTo(1);
    answers.takeHits(now, true, (slot, count) -> hits[0] += 100);
    assertThat(hits[0]).isEqualTo(1);

    answers.remove(answer(response, NAME, A, 0, ended, new byte[0]).key());
    expectUp("kernel_absent", ipv4(query));
  }

  @Test
  void anotherGenerationsAnswersAreNeverGiven() throws Exception {
    put(Dns.response(0x80, NAME, A, Dns.addresses(1, 100)), NAME, A, 0, fresh());
    byte[] query = Dns.query(9, Dns.RD, NAME, A);
    replyTo(ipv4(query));
    answers.disable();
    assertThat(ByteBuffer.wrap(run(ipv4(query)).packet()).getShort(0)).isEqualTo((short) 0x0267);
    answers.enable(new KernelAnswers.Mode(2, false, 30, 0, 0));
    expectUp("kernel_absent", ipv4(query));
  }

  @Test
  void namesAreBlockedAsTheFirstRuleThatSpeaksOfThemSays() throws Exception {
    Answer nodata = Answer.negative(Rcode.NOERROR, 60, ExtendedError.BLOCKED, "rejected by a rule");
    answers.disable();
    BlockedNames names = answers.newBlockedNames();
    names.add(Dns.name("ads.example"), true, true, 3, true);
    names.add(Dns.name("good.ads.example"), true, true, 2, false);
    names.add(Dns.name("full.test"), true, false, 1, true);
    names.add(Dns.name("below.test"), false, true, 1, true);
    for (int i = 0; i < 20_000; i++) {
      names.add(Dns.name("n" + i + ".filler.example"), true, true, 4, true);
    }
    KernelAnswer.Content content = nodataContent(nodata);
    assertThat(answers.setBlocked(names, List.of(content, content, content))).isPositive();
    ClientClasses.Part free = new ClientClasses.Part(1, 0);
    answers.setClasses(
        new ClientClasses(
            List.of(new ClientClasses.Prefix(0, 0xffffL << 32 | 0x0a350100L, 120, free)),
            Map.of(),
            Map.of(),
            Map.of(),
            false,
            Map.of(65, 4)));
    answers.enable(new KernelAnswers.Mode(2, false, 30, 0, 0));

    for (String name :
        List.of(
            "ads.example",
            "x.ads.example",
            "A.B.C.Ads.Example",
            "full.test",
            "x.below.test",
            "n7.filler.example",
            "q.n19999.filler.example")) {
      byte[] query = Dns.edns(Dns.query(5, Dns.RD, name, A), 1232, 0);
      assertThat(replyTo(ipv4(query))).as(name).isEqualTo(expected(nodata, query, 0));
      byte[] plain = Dns.query(5, Dns.RD, name, 16);
      assertThat(replyTo(ipv6(plain))).as(name).isEqualTo(expected(nodata, plain, 0));
    }
    for (String name :
        List.of(
            "good.ads.example",
            "x.good.ads.example",
            "below.test",
            "x.full.test",
            "example",
            "sads.example",
            "n20000.filler.example")) {
      expectUp("kernel_absent", ipv4(Dns.query(5, Dns.RD, name, A)));
    }
    byte[] blocked = Dns.query(5, Dns.RD, "ads.example", A);
    expectUp("kernel_absent", frame().udp("10.53.1.7", 5000, "198.51.100.53", 53, blocked));
    replyTo(ipv4(Dns.query(5, Dns.RD, "ads.example", 65)));
    expectUp("kernel_absent", ipv4(Dns.query(5, Dns.RD, "n7.filler.example", 65)));
    assertThat(counters().get("kernel_blocked")).isEqualTo(15);
  }

  private static KernelAnswer.Content nodataContent(Answer answer) {
    byte[] query = Dns.edns(Dns.query(0, Dns.RD, "", 16), 1232, 0);
    byte[] wire = expected(answer, query, 0);
    int records = 17;
    int opt = records + 12 + 38;
    return new KernelAnswer.Content(
        wire[3] & 0x2f,
        0,
        1,
        0,
        Arrays.copyOfRange(wire, records, opt),
        new char[] {6},
        Arrays.copyOfRange(wire, opt + 11, wire.length),
        new byte[0],
        true);
  }

  @Test
  void codePointsAndVlansKeepAnswersApart() throws Exception {
    answers.disable();
    answers.setClasses(
        new ClientClasses(
            List.of(),
            Map.of(),
            Map.of(
                new ClientClasses.Value(ClientClasses.Fact.DSCP, 46),
                new ClientClasses.Part(1, ClientClasses.NO_LIMIT),
                new ClientClasses.Value(ClientClasses.Fact.VLAN, 10),
                new ClientClasses.Part(2, ClientClasses.NO_LIMIT)),
            Map.of(),
            false,
            Map.of()));
    answers.enable(new KernelAnswers.Mode(2, false, 30, 0, 0));
    byte[] response = Dns.response(0x80, NAME, A, Dns.addresses(1, 100));
    KernelAnswer one = answer(response, NAME, A, 0, KernelAnswer.Life.constant(2), new byte[0]);
    KernelAnswer.Key key = new KernelAnswer.Key(one.key().name(), A, false, false, 3, 0, 0);
    answers.put(new KernelAnswer(key, one.content(), one.life(), KernelAnswer.Lesson.NONE, 0));
    byte[] query = Dns.query(5, Dns.RD, NAME, A);
    for (boolean six : new boolean[] {false, true}) {
      String from = six ? "2001:db8:53::2" : "10.53.0.2";
      String asked = six ? "2001:db8:100::53" : "198.51.100.53";
      Frame both = frame().dscp(46).tag(0x88a8, 99).tag(0x8100, 5 << 13 | 10);
      replyTo(both.udp(from, 5000, asked, 53, query));
      expectUp("kernel_absent", frame().dscp(46).udp(from, 5000, asked, 53, query));
      expectUp("kernel_absent", frame().tag(0x8100, 10).udp(from, 5000, asked, 53, query));
      expectUp(
          "kernel_absent",
          frame().dscp(45).tag(0x8100, 10).tag(0x8100, 11).udp(from, 5000, asked, 53, query));
    }
  }

  @Test
  void classesAndAskedAddressesKeepAnswersApart() throws Exception {
    answers.disable();
    ClientClasses.Part one = new ClientClasses.Part(1L << 16, ClientClasses.NO_LIMIT);
    ClientClasses.Part other = new ClientClasses.Part(1L << 32, ClientClasses.NO_LIMIT);
    answers.setClasses(
        new ClientClasses(
            List.of(),
            Map.of(0x020000000009L, one),
            Map.of(new ClientClasses.Value(ClientClasses.Fact.INTERFACE, 1), other),
            Map.of(),
            false,
            Map.of()));
    answers.enable(new KernelAnswers.Mode(2, true, 30, 0, 0));
    byte[] response = Dns.response(0x80, NAME, A, Dns.addresses(1, 100));
    KernelAnswer everybodys =
        answer(response, NAME, A, 0, KernelAnswer.Life.constant(2), new byte[0]);
    answers.put(everybodys);
    byte[] query = Dns.query(5, Dns.RD, NAME, A);
    expectUp("kernel_absent", ipv4(query));
    KernelAnswer.Key key = everybodys.key();
    long client = 1L << 16 | 1L << 32;
    answers.put(
        new KernelAnswer(
            new KernelAnswer.Key(
                key.name(), A, false, false, client, 0, 0xffffL << 32 | 0xc6336435L),
            everybodys.content(),
            everybodys.life(),
            KernelAnswer.Lesson.NONE,
            1));
    replyTo(ipv4(query));
    expectUp("kernel_absent", frame().udp("10.53.0.2", 5000, "198.51.100.54", 53, query));
  }
}
