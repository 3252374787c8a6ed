package dev.gander.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gander.clock.Clock;
import dev.gander.clock.Eventually;
import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.proxy.Exit;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** By which way a real unbound is asked, and what becomes of a question whose way fails. */
@Timeout(120)
class RoutedForwarderTest {

  private static final Clock CLOCK = Clock.system();

  @TempDir static Path directory;

  private static Unbound unbound;

  private final Counters counters = new Counters();
  private final Dialer straight =
      new Dialer(
          SocketMark.of(0),
          CLOCK,
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          counters);
  private final List<AutoCloseable> made = new ArrayList<>();

  @BeforeAll
  static void startUnbound() throws Exception {
    unbound = new Unbound(directory, List.of("www.test. 300 A 192.0.2.80"));
  }

  @AfterAll
  static void stopUnbound() {
    unbound.close();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : made.reversed()) {
      each.close();
    }
    straight.close();
  }

  @ParameterizedTest
  @CsvSource({"udp,1,0", "tcp+udp,1,0", "tcp,0,1"})
  void everyTransportTakesTheWayThatIsChosen(String scheme, int datagrams, int streams)
      throws Exception {
    TestWay way = way("node");
    Upstreams upstreams = upstreams(scheme + "://127.0.0.1:" + unbound.port(), flow -> out(way));
    for (int i = 0; i < 5; i++) {
      assertThat(ask(upstreams, new Client()).answerCount()).isEqualTo(1);
    }
    assertThat(way.datagrams).hasSize(datagrams);
    assertThat(way.streams).hasSize(streams);
    assertThat(way.answered.get()).isEqualTo(5);
  }

  @Test
  void twoClientsOfDifferentRulesGoDifferentWays() throws Exception {
    TestWay mine = way("mine");
    TestWay others = way("others");
    Outbound toMine = out(mine);
    Outbound toOthers = out(others);
    Upstreams upstreams =
        upstreams(
            "tcp://127.0.0.1:" + unbound.port(),
            flow -> flow.client().sourcePort() == 1 ? toMine : toOthers);
    Client me = new Client();
    me.setSource(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 1));
    ask(upstreams, me);
    assertThat(mine.answered.get()).isEqualTo(1);
    assertThat(others.answered.get()).isZero();
    ask(upstreams, new Client());
    assertThat(others.answered.get()).isEqualTo(1);
  }

  @Test
  void whatWouldGoByUdpGoesByTcpWhereTheWayCarriesNoDatagrams() throws Exception {
    TestWay way = way("node");
    way.carriesDatagrams = false;
    Upstreams upstreams = upstreams("udp://127.0.0.1:" + unbound.port(), flow -> out(way));
    ask(upstreams, new Client());
    assertThat(way.datagrams).isEmpty();
    assertThat(way.streams).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"udp", "tcp"})
  void theNextWayAnswersWhereTheFirstIsDead(String scheme) throws Exception {
    TestWay dead = way("dead");
    dead.refuses = true;
    TestWay good = way("good");
    Outbound outbound = out(dead, good);
    Upstreams upstreams = upstreams(scheme + "://127.0.0.1:" + unbound.port(), flow -> outbound);
    for (int i = 0; i < 3; i++) {
      ask(upstreams, new Client());
    }
    assertThat(dead.failed.get()).isPositive();
    assertThat(good.answered.get()).isEqualTo(3);
  }

  @Test
  void whereEveryWayIsDeadTheErrorNamesUpstreamGroupAndReason() {
    TestWay one = way("one");
    one.refuses = true;
    TestWay two = way("two");
    two.refuses = true;
    Outbound outbound = out(one, two);
    Upstreams upstreams = upstreams("tcp://127.0.0.1:" + unbound.port(), flow -> outbound);
    assertThatThrownBy(() -> ask(upstreams, new Client()))
        .isInstanceOf(UpstreamException.class)
        .hasMessageContaining("up through group")
        .hasMessageContaining("the proxy refused");
  }

  @Test
  void anAddressThatRulesBlockIsLeftOutAndAnotherAsked() throws Exception {
    TestWay way = way("node");
    Outbound open = out(way);
    Upstreams upstreams =
        upstreams(
            "tcp://127.0.0.2:" + unbound.port() + "?ip=127.0.0.2,127.0.0.1",
            flow -> flow.server().getAddress().getAddress()[3] == 2 ? blocked() : open);
    assertThat(ask(upstreams, new Client()).answerCount()).isEqualTo(1);
    assertThat(way.streams).allMatch(it -> it.getAddress().getAddress()[3] == 1);
  }

  @Test
  void whatRulesBlockIsSaidToTheClient() {
    Upstreams upstreams = upstreams("udp://127.0.0.1:" + unbound.port(), flow -> blocked());
    assertThatThrownBy(() -> ask(upstreams, new Client()))
        .isInstanceOf(UpstreamException.class)
        .hasMessage("blocked by a rule");
  }

  @Test
  void aWayOfDatagramsThatHasEndedIsMadeAgain() throws Exception {
    TestWay way = way("node");
    Upstreams upstreams = upstreams("udp://127.0.0.1:" + unbound.port(), flow -> out(way));
    ask(upstreams, new Client());
    for (Channel open : way.channels) {
      open.close().sync();
    }
    assertThat(ask(upstreams, new Client()).answerCount()).isEqualTo(1);
    assertThat(way.datagrams).hasSize(2);
  }

  @Test
  void asIsGoesTheWayOfTheServerThatWasAsked() throws Exception {
    TestWay way = way("node");
    Upstreams upstreams = upstreams("udp://127.0.0.1:1", flow -> out(way));
    Client client = new Client();
    client.setAsked(unbound.ipv4());
    assertThat(upstreams.askAsIs(query(client), soon()).answerCount()).isEqualTo(1);
    assertThat(way.datagrams).containsExactly(unbound.ipv4());
  }

  /** Where rules tell clients apart, which they do for UDP to the first address only. */
  private record Apart(Outbound ofOne, Outbound ofOthers) implements Exits {

    @Override
    public Outbound outbound(Flow flow) {
      return flow.client().sourcePort() == 1 ? ofOne : ofOthers;
    }

    @Override
    public boolean askAboutClients() {
      return true;
    }

    @Override
    public boolean tellClientsApart(Flow flow) {
      return flow.server().getPort() == unbound.port();
    }
  }

  private static Client one() throws IOException {
    Client one = new Client();
    one.setSource(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 1));
    return one;
  }

  @Test
  void exitsAreNamedWhereTheyDifferAndOnlyThere() throws Exception {
    Exits exits = new Apart(blocked(), out(way("node")));
    Upstreams apart = upstreams("udp://127.0.0.1:" + unbound.port(), exits);
    assertThat(apart.exits(one(), "up")).isEqualTo("block");
    assertThat(apart.exits(new Client(), "up")).isEqualTo("group");
    assertThat(upstreams("udp://127.0.0.1:1", exits).exits(one(), "up")).isEmpty();
    TestWay all = way("all");
    assertThat(upstreams("udp://127.0.0.1:1", flow -> out(all)).exits(one(), "up")).isEmpty();
    Client asked = one();
    asked.setAsked(unbound.ipv4());
    assertThat(apart.exitsAsIs(asked)).isEqualTo("block");
  }

  @Test
  void anUpstreamThatIsDeadForOneClientIsProbedTheWayOfThatClient() throws Exception {
    TestWay broken = way("broken");
    broken.refuses = true;
    TestWay good = way("good");
    Upstreams upstreams =
        upstreams("tcp://127.0.0.1:" + unbound.port(), new Apart(out(broken), out(good)));
    while (counters.get(Counter.UPSTREAM_BREAKERS_OPENED) == 0) {
      assertThatThrownBy(() -> ask(upstreams, one())).isInstanceOf(IOException.class);
    }
    Eventually.holds(() -> counters.get(Counter.UPSTREAM_PROBES) > 1);
    assertThat(good.streams).isEmpty();
    broken.refuses = false;
    Eventually.holds(() -> broken.answered.get() > 0);
    assertThat(good.streams).isEmpty();
  }

  private Upstreams upstreams(String url, Exits exits) {
    String text = "global { } dns { upstream { up: '" + url + "' } }\nrouting { fallback: direct }";
    try {
      ConfiguredUpstreams upstreams =
          new ConfiguredUpstreams(
              ConfigFile.parse(text, "test.dae").settings().dns(),
              TestBootstrap.of(List.of(unbound.ipv4()), straight, counters),
              straight,
              Optional.of(exits),
              CLOCK,
              task -> Thread.ofVirtual().start(task),
              counters);
      made.add(upstreams);
      return upstreams;
    } catch (ConfigException e) {
      throw new AssertionError(e);
    }
  }

  private static Answer ask(Upstreams upstreams, Client client)
      throws IOException, InterruptedException {
    return upstreams.ask(query(client), "up", soon()).answer();
  }

  private static Query query(Client client) {
    byte[] wire = Query.own(Question.of("www.test", RecordType.A), false).toUpstream();
    QueryView view = new QueryView();
    assertThat(view.parse(wire, 0, wire.length)).isEqualTo(QueryView.Verdict.OK);
    return view.toQuery(client);
  }

  private static long soon() {
    return CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(20);
  }

  private final Outbound blocked =
      new Outbound() {
        @Override
        public String name() {
          return "block";
        }

        @Override
        public boolean hedges() {
          return false;
        }

        @Override
        public List<Way> ways(Exits.Flow flow) throws UpstreamException {
          throw new UpstreamException(ExtendedError.PROHIBITED, "blocked by a rule");
        }
      };

  private Outbound blocked() {
    return blocked;
  }

  private static Outbound out(TestWay... ways) {
    return new Group(List.of(ways));
  }

  private record Group(List<? extends Way> all) implements Outbound {

    @Override
    public String name() {
      return "group";
    }

    @Override
    public boolean hedges() {
      return true;
    }

    @Override
    public List<Way> ways(Exits.Flow flow) {
      return List.copyOf(all);
    }
  }

  private TestWay way(String name) {
    TestWay way = new TestWay(name);
    made.add(way.dialer);
    return way;
  }

  /** A way of its own over this machine's sockets, which writes down where it led. */
  private final class TestWay implements Way, Exit {

    private final String name;
    private final Dialer dialer = Dialer.through(this, CLOCK, new SecureRandom(), counters);
    private final List<InetSocketAddress> streams = new CopyOnWriteArrayList<>();
    private final List<InetSocketAddress> datagrams = new CopyOnWriteArrayList<>();
    private final List<Channel> channels = new CopyOnWriteArrayList<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private volatile boolean refuses;
    private boolean carriesDatagrams = true;

    TestWay(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Dialer dialer() {
      return dialer;
    }

    @Override
    public boolean carriesDatagrams() {
      return carriesDatagrams;
    }

    @Override
    public void answered(long nanos) {
      answered.incrementAndGet();
    }

    @Override
    public void failed(String why) {
      failed.incrementAndGet();
    }

    @Override
    public CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers) {
      return refuses ? refusal() : kept(straight.exit().connect(target, handlers), streams, target);
    }

    @Override
    public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
      return refuses
          ? refusal()
          : kept(straight.exit().datagrams(target, handlers), datagrams, target);
    }

    private static CompletableFuture<Channel> refusal() {
      return CompletableFuture.failedFuture(new IOException("the proxy refused"));
    }

    private CompletableFuture<Channel> kept(
        CompletableFuture<Channel> made, List<InetSocketAddress> where, InetSocketAddress target) {
      where.add(target);
      return made.thenApply(channel -> {
        channels.add(channel);
        return channel;
      });
    }
  }
}
