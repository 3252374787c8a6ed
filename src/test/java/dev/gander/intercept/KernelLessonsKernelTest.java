package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.geodata.GeoDataFiles;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.Lab;
import dev.gander.kernel.ProgramRun;
import dev.gander.kernel.UdpSocket;
import dev.gander.message.Client;
import dev.gander.message.Name;
import dev.gander.publish.TrafficImage;
import dev.gander.route.TrafficFlow;
import dev.gander.route.TrafficRouter;
import dev.gander.route.TrafficText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What clients learn of answers that the kernel gives by itself, by BPF_PROG_TEST_RUN. */
@Tag("kernel")
class KernelLessonsKernelTest {

  /** Where a frame that went up has it. */
  private static final byte HANDED_OVER = 0x67;

  private static final long SECOND = 1_000_000_000L;
  private static final int A = 1;
  private static final int AAAA = 28;

  /** Each has the number of its place, and so has the rule that speaks of it. */
  private static final List<String> NAMES = List.of("a.example", "b.example");

  /** The fallback. */
  private static final int UNKNOWN = 2;

  private static final String ONE = "02:00:00:00:00:01";
  private static final String OTHER = "02:00:00:00:00:02";

  private final long now = System.nanoTime();
  private Lab lab;
  private BpfObject object;
  private KernelRouting routing;
  private KernelAnswers answers;
  private int program;
  private UdpSocket socket;

  @BeforeEach
  void load() throws Exception {
    lab = new Lab('w', 'x');
    socket =
        lab.router()
            .call(() -> UdpSocket.open(IpFamily.IPV4, EnumSet.noneOf(UdpSocket.Option.class)));
    object = RoutingBench.load(64);
    program = object.program("lan_ingress");
    routing = new KernelRouting(object);
    answers = new KernelAnswers(object, 64, new GroupPaths());
    socket.bind(new InetSocketAddress("0.0.0.0", 0));
    object.map("listen_sockets").update(Shared.u32(0), Shared.u64(socket.fd()));
    answers.enable(new KernelAnswers.Mode(1, false, 30, 0, 0));
    TrafficRouter router =
        TrafficRouter.build(
            TrafficText.rules(
                "direct",
                List.of("domain(full: a.example) -> block", "domain(full: b.example) -> one")),
            new GeoDataFiles(List.of()),
            warning -> {});
    routing.install(
        TrafficImage.of(router, false),
        4096,
        NAMES.size(),
        name -> router.rulesOfDomain(Name.toWire(NAMES.get(name))));
  }

  @AfterEach
  void unload() throws IOException {
    routing.close();
    answers.close();
    socket.close();
    object.close();
    lab.close();
  }

  private KernelAnswer.Lesson lesson(String name) {
    return new KernelAnswer.Lesson(
        routing.numbering(), NAMES.indexOf(name), now + Duration.ofHours(1).toNanos());
  }

  private static KernelAnswer.Life fresh(long now) {
    return new KernelAnswer.Life(1, false, now, now + 3600 * SECOND, now + 3600 * SECOND);
  }

  private void put(
      String name,
      int type,
      KernelAnswer.Life life,
      KernelAnswer.Lesson lesson,
      byte[]... records) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    char[] ttls = new char[records.length];
    for (int i = 0; i < records.length; i++) {
      ttls[i] = (char) (all.size() + 6);
      all.writeBytes(records[i]);
    }
    KernelAnswer.Content content =
        new KernelAnswer.Content(
            0, records.length, 0, 0, all.toByteArray(), ttls, new byte[0], new byte[0], false);
    KernelAnswer.Key key = new KernelAnswer.Key(Dns.name(name), type, false, false, 0, 0, 0);
    assertThat(answers.put(new KernelAnswer(key, content, life, lesson, type))).isTrue();
  }

  private static byte[] address(String literal) {
    byte[] bytes = InetAddress.ofLiteral(literal).getAddress();
    return Dns.record(bytes.length == 4 ? A : AAAA, 3600, bytes);
  }

  /** Whether the kernel answers. */
  private boolean ask(String mac, String name, int type) throws Exception {
    byte[] dns = Dns.edns(Dns.query(1, Dns.RD, name, type), 1232, 0);
    byte[] query =
        new Frame("00:00:00:00:00:00", mac).udp("10.53.0.2", 5000, "198.51.100.53", 53, dns);
    byte[] packet = lab.router().call(() -> ProgramRun.run(program, query, 1)).packet();
    return packet[1] != HANDED_OVER;
  }

  /** Which rule a client's packet to the address meets. */
  private int ruleOf(String mac, String address) throws Exception {
    RoutingBench.forget(object);
    boolean four = InetAddress.ofLiteral(address).getAddress().length == 4;
    byte[] packet =
        RoutingBench.packet(
            InetAddress.ofLiteral(four ? "10.53.0.9" : "2001:db8:53::9"),
            4711,
            InetAddress.ofLiteral(address),
            443,
            TrafficFlow.TCP,
            number(mac),
            0);
    packet[four ? 47 : 67] = 2; // SYN: what was decided before does not count
    lab.router().call(() -> ProgramRun.run(program, packet, 1));
    return RoutingBench.last(object).orElseThrow().rule();
  }

  private static long number(String mac) {
    return Long.parseLong(mac.replace(":", ""), 16);
  }

  private long counted(String counter) {
    return new ProgramCounters(object.map("counters")).read().getOrDefault(counter, -1L);
  }

  @Test
  void whomTheKernelAnswersKnowsTheNameAndNobodyElse() throws Exception {
    byte[] alias = Dns.record(5, 300, Dns.name("other.example"));
    put("a.example", A, fresh(now), lesson("a.example"), alias, address("192.0.2.1"));
    put("a.example", AAAA, fresh(now), lesson("a.example"), address("2001:db8::1"));
    assertThat(ruleOf(ONE, "192.0.2.1")).isEqualTo(UNKNOWN);

    assertThat(ask(ONE, "a.example", A)).isTrue();
    assertThat(ruleOf(ONE, "192.0.2.1")).isZero();
    assertThat(ruleOf(ONE, "2001:db8::1")).as("not asked for").isEqualTo(UNKNOWN);
    assertThat(ruleOf(OTHER, "192.0.2.1")).as("another client").isEqualTo(UNKNOWN);

    assertThat(ask(OTHER, "A.Example", AAAA)).isTrue();
    assertThat(ruleOf(OTHER, "2001:db8::1")).isZero();
    assertThat(ruleOf(OTHER, "192.0.2.1")).isEqualTo(UNKNOWN);
    assertThat(counted("kernel_taught")).isEqualTo(2);
  }

  /** As many as an answer that may be here at all can have. */
  @Test
  void everyAddressOfALargeAnswerIsTaught() throws Exception {
    byte[][] records = new byte[KernelAnswer.TTLS_MAX][];
    Arrays.setAll(records, i -> address("192.0.2." + i));
    put("a.example", A, fresh(now), lesson("a.example"), records);
    assertThat(ask(ONE, "a.example", A)).isTrue();
    for (int i = 0; i < records.length; i++) {
      assertThat(ruleOf(ONE, "192.0.2." + i)).isZero();
    }
    assertThat(counted("kernel_taught")).isEqualTo(records.length);
  }

  @Test
  void theNameThatThisClientAskedForLastCounts() throws Exception {
    put("a.example", A, fresh(now), lesson("a.example"), address("192.0.2.1"));
    put("b.example", A, fresh(now), lesson("b.example"), address("192.0.2.1"));
    for (int i = 0; i < 2; i++) {
      assertThat(ask(ONE, "a.example", A) && ask(OTHER, "b.example", A)).isTrue();
      assertThat(List.of(ruleOf(ONE, "192.0.2.1"), ruleOf(OTHER, "192.0.2.1")))
          .containsExactly(0, 1);
      assertThat(ask(ONE, "b.example", A) && ask(OTHER, "a.example", A)).isTrue();
      assertThat(List.of(ruleOf(ONE, "192.0.2.1"), ruleOf(OTHER, "192.0.2.1")))
          .containsExactly(1, 0);
    }
  }

  /** What is known ends with the answer that taught it and some time; each hit renews it. */
  @Test
  void aHitRenewsWhatIsKnownOnlyIfItMust() throws Exception {
    put("a.example", A, fresh(now), lesson("a.example"), address("192.0.2.1"));
    long end = now + 3600 * SECOND + KernelRouting.LINGER_NANOS;
    long[] ends = {1, now, end - 11 * SECOND, end - 9 * SECOND, end, end + SECOND};
    for (long known : ends) {
      InetAddress address = InetAddress.ofLiteral("192.0.2.1");
      routing.learn(
          KernelRouting.BY_MAC, number(ONE), Client.high(address), Client.low(address), 0, known);
      assertThat(ruleOf(ONE, "192.0.2.1")).isEqualTo(known <= now ? UNKNOWN : 0);
      long before = counted("kernel_taught");
      assertThat(ask(ONE, "a.example", A)).isTrue();
      assertThat(counted("kernel_taught") - before)
          .isEqualTo(end - known > KernelRouting.RENEW_NANOS ? 1 : 0);
      assertThat(ruleOf(ONE, "192.0.2.1")).isZero();
    }
  }

  /** Stale answers and those that nothing ends teach for some time from now. */
  @Test
  void whatHasEndedTeachesFromNowOn() throws Exception {
    KernelAnswer.Life stale =
        new KernelAnswer.Life(1, false, now - 20 * SECOND, now - 10 * SECOND, now + 3600 * SECOND);
    put("a.example", A, stale, lesson("a.example"), address("192.0.2.1"));
    put("b.example", A, KernelAnswer.Life.constant(1), lesson("b.example"), address("192.0.2.2"));
    assertThat(ask(ONE, "b.example", A)).isTrue();
    // One in five seconds goes up, to refresh it.
    for (int i = 0; i < 100 && !ask(ONE, "a.example", A); i++) {
      assertThat(ruleOf(ONE, "192.0.2.1")).isEqualTo(UNKNOWN);
    }
    assertThat(ruleOf(ONE, "192.0.2.1")).isZero();
    assertThat(ruleOf(ONE, "192.0.2.2")).isEqualTo(1);
  }

  /** Such a number may by now be another name's. */
  @Test
  void whatMayTeachAnotherNameGoesUp() throws Exception {
    KernelAnswer.Lesson good = lesson("a.example");
    List<KernelAnswer.Lesson> bad =
        List.of(
            new KernelAnswer.Lesson(good.numbering() + 2, 0, good.endNanos()),
            new KernelAnswer.Lesson(good.numbering(), 0, now - SECOND));
    for (int i = 0; i < bad.size(); i++) {
      put("a.example", A, fresh(now), bad.get(i), address("192.0.2.1"));
      assertThat(ask(ONE, "a.example", A)).isFalse();
      assertThat(counted("kernel_untaught")).isEqualTo(i + 1);
      assertThat(ruleOf(ONE, "192.0.2.1")).isEqualTo(UNKNOWN);
    }
    // While the daemon is dead nobody gives numbers to other names.
    answers.keepFor(Duration.ofHours(1));
    answers.heartbeat(now - 60 * SECOND);
    assertThat(ask(ONE, "a.example", A)).isTrue();
    assertThat(ruleOf(ONE, "192.0.2.1")).isZero();
    // Where no rule asks for names there is nothing to teach.
    put("a.example", A, fresh(now), bad.getFirst(), address("192.0.2.1"));
    assertThat(ask(ONE, "a.example", A)).isFalse();
    routing.remove();
    assertThat(ask(ONE, "a.example", A)).isTrue();
  }
}
