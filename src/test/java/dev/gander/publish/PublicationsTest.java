package dev.gander.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gander.cache.AnswerCache;
import dev.gander.cache.AnswerSink;
import dev.gander.cache.CacheKey;
import dev.gander.cache.Lookup;
import dev.gander.clock.FakeClock;
import dev.gander.config.ConfigFile;
import dev.gander.config.Settings;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.intercept.ClientClasses;
import dev.gander.intercept.KernelAnswer;
import dev.gander.intercept.KernelAnswers;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Name;
import dev.gander.message.Query;
import dev.gander.message.QueryView;
import dev.gander.message.Rcode;
import dev.gander.message.RecordType;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.route.DnsRouter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PublicationsTest {

  private final FakeClock clock = new FakeClock();
  private final Counters counters = new Counters();
  private final FakeStore kernel = new FakeStore(8);

  /** A kernel of so many slots. */
  private static final class FakeStore implements KernelStore {
    private final Map<String, KernelAnswer> answers = new HashMap<>();
    private final Map<Integer, Integer> hits = new HashMap<>();
    private final Map<Long, ClientClasses.Part> groups = new HashMap<>();
    private final int slots;
    private int puts;
    private int told;

    FakeStore(int slots) {
      this.slots = slots;
    }

    private static String name(KernelAnswer.Key key) {
      return Name.toText(key.name(), 0)
          + "/"
          + key.type()
          + "/"
          + key.client()
          + "/"
          + key.askedLow();
    }

    KernelAnswer at(String name) {
      return Objects.requireNonNull(answers.get(name));
    }

    @Override
    public boolean put(KernelAnswer answer) {
      puts++;
      if (answer.content().records().length > 1000) {
        return false;
      }
      answers.put(name(answer.key()), answer);
      return true;
    }

    @Override
    public void remove(KernelAnswer.Key key) {
      answers.remove(name(key));
    }

    @Override
    public void takeHits(long now, boolean all, KernelAnswers.HitSink sink) {
      hits.forEach(sink::hits);
      hits.clear();
    }

    @Override
    public void addControlGroup(int generation, long id, ClientClasses.Part part, long former) {
      groups.remove(former);
      groups.put(id, part);
      told++;
    }

    @Override
    public int slots() {
      return slots;
    }
  }

  /** A generation with a cache, told of what clients get as the controller does. */
  private final class Generation {
    final AnswerCache cache;
    final DnsRouter router;
    final Publications publications;

    Generation(String rules) throws Exception {
      Settings settings =
          ConfigFile.parse(
                  "global{} routing{} dns{ optimistic_cache_ttl: 60 upstream{up:'udp://192.0.2.1'}"
                      + " routing{request{"
                      + rules
                      + "}}}",
                  "test.dae")
              .settings();
      router =
          DnsRouter.build(settings.dns(), new GeoDataFiles(List.of()), index -> "", warning -> {});
      Publications[] told = new Publications[1];
      cache =
          new AnswerCache(
              settings.dns(),
              clock,
              new AnswerSink() {
                @Override
                public void replaced(
                    CacheKey key, Answer answer, long stored, long end, long staleEnd) {
                  told[0].replaced(key, answer, stored, end, staleEnd);
                }
              });
      publications = new Publications(router, cache, clock, counters, new TrafficPublisher(clock));
      told[0] = publications;
      publications.begin(new Shelf(kernel, 1));
    }

    void keep(Query query, int ttl) {
      cache.keep(CacheKey.of(query, "up"), answer(ttl));
    }

    void land(Query query) {
      Lookup look = new Lookup();
      CacheKey key = CacheKey.of(query, "up");
      cache.look(key, look);
      publications.landed(
          query,
          query.client(),
          key,
          look.kept(),
          look.storedNanos(),
          look.endNanos(),
          look.staleEndNanos());
    }

    void hit(Query query) {
      Lookup look = new Lookup();
      CacheKey probe = CacheKey.probe().pointAt(query, "up");
      if (cache.look(probe, look) != Lookup.Outcome.MISSING) {
        publications.answered(
            query,
            query.client(),
            probe,
            look.kept(),
            look.storedNanos(),
            look.endNanos(),
            look.staleEndNanos());
      }
    }
  }

  private static Answer answer(int ttl) {
    return Answer.unspecifiedAddress(RecordType.A, ttl, ExtendedError.OTHER, "");
  }

  private static Query query(String name, String source) {
    byte[] wire = Name.toWire(name);
    byte[] message = new byte[12 + wire.length + 4];
    message[2] = 1;
    message[5] = 1;
    System.arraycopy(wire, 0, message, 12, wire.length);
    message[12 + wire.length + 1] = RecordType.A;
    message[12 + wire.length + 3] = 1;
    QueryView view = new QueryView();
    assertThat(view.parse(message, 0, message.length)).isEqualTo(QueryView.Verdict.OK);
    Client client = new Client();
    client.setIntercepted(true);
    client.setSource(new InetSocketAddress(InetAddress.ofLiteral(source), 4711));
    client.setAsked(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.53"), 53));
    return view.toQuery(client);
  }

  @Test
  void whatAClientGetsIsPublishedOnceASecond() throws Exception {
    Generation generation = new Generation("fallback: up");
    Query query = query("a.example", "10.0.0.1");
    generation.keep(query, 300);
    assertThat(kernel.answers).as("nobody has asked").isEmpty();
    generation.hit(query);
    generation.hit(query);
    assertThat(kernel.puts).isEqualTo(1);
    clock.advance(Duration.ofSeconds(1));
    generation.hit(query);
    assertThat(kernel.puts).isEqualTo(2);
    KernelAnswer there = kernel.at("a.example/1/0/0");
    assertThat(there.life().endNanos() - there.life().storedNanos())
        .isEqualTo(Duration.ofMinutes(5).toNanos());
    assertThat(there.life().staleEndNanos() - there.life().endNanos())
        .isEqualTo(Duration.ofMinutes(1).toNanos());
  }

  @Test
  void eachClassHasItsOwnAndOneLandingReplacesAll() throws Exception {
    Generation generation = new Generation("sip(10.0.0.0/24) -> up fallback: up");
    Query near = query("a.example", "10.0.0.1");
    Query far = query("a.example", "10.9.0.1");
    generation.keep(near, 300);
    generation.hit(near);
    generation.hit(far);
    assertThat(kernel.answers).hasSize(2);
    clock.advance(Duration.ofSeconds(100));
    generation.keep(near, 50);
    assertThat(kernel.answers.values())
        .hasSize(2)
        .allSatisfy(it ->
            assertThat(it.life().endNanos() - it.life().storedNanos())
                .isEqualTo(Duration.ofSeconds(50).toNanos()));
  }

  @Test
  void theKernelIsToldOfEachControlGroupOnceAndForgetsOneForAnother() throws Exception {
    Generation generation = new Generation("cgroup(a) -> up cgroup(a/b, c) -> up fallback: up");
    Map<Long, String> groups =
        Map.of(7L, "/a/x", 8L, "/a/b/c", 9L, "/c", 10L, "/d", 7L + 4096, "/e", 11L, "");
    Query query = query("a.example", "10.0.0.1");
    generation.keep(query, 300);
    for (long group : new long[] {7, 8, 9, 10, 11, 7, 7 + 4096}) {
      query.client().setOwner(0, group, Objects.requireNonNull(groups.get(group)));
      generation.hit(query);
    }
    assertThat(kernel.groups.keySet()).containsExactlyInAnyOrder(8L, 9L, 10L, 7L + 4096);
    assertThat(kernel.groups.values().stream().map(ClientClasses.Part::bits))
        .containsExactlyInAnyOrder(2L, 3L, 0L, 0L);
    assertThat(kernel.told).isEqualTo(5);
  }

  @Test
  void anAnswerThatIsNoLongerTheCachesIsNotPublished() throws Exception {
    Generation generation = new Generation("fallback: up");
    Query query = query("a.example", "10.0.0.1");
    generation.keep(query, 300);
    CacheKey key = CacheKey.of(query, "up");
    Lookup before = new Lookup();
    generation.cache.look(key, before);
    clock.advance(Duration.ofSeconds(1));
    generation.keep(query, 20);
    generation.publications.answered(
        query,
        query.client(),
        key,
        before.kept(),
        before.storedNanos(),
        before.endNanos(),
        before.staleEndNanos());
    assertThat(kernel.answers).isEmpty();
  }

  @Test
  void whatWasAskedOnceTakesNoRoomFromWhatIsAskedAgain() throws Exception {
    Generation generation = new Generation("fallback: up");
    for (int i = 0; i < 20; i++) {
      Query query = query("n" + i + ".example", "10.0.0.1");
      generation.keep(query, 300);
      generation.land(query);
    }
    assertThat(kernel.answers).hasSize(6);
    Query again = query("n19.example", "10.0.0.1");
    generation.hit(again);
    assertThat(kernel.answers).hasSize(7).containsKey("n19.example/1/0/0");
  }

  @Test
  void hitsInTheKernelKeepAnAnswerPopular() throws Exception {
    Generation generation = new Generation("fallback: up");
    Query query = query("a.example", "10.0.0.1");
    generation.keep(query, 100);
    generation.hit(query);
    kernel.hits.put(kernel.at("a.example/1/0/0").slot(), 1000);
    generation.publications.sweep();
    clock.advance(Duration.ofSeconds(95));
    Lookup look = new Lookup();
    generation.cache.look(CacheKey.of(query, "up"), look);
    assertThat(look.refreshDue()).as("popular, and in its last tenth").isTrue();
  }

  @Test
  void hitsAreCreditedEveryFourthTime() throws Exception {
    Generation generation = new Generation("fallback: up");
    Query query = query("a.example", "10.0.0.1");
    generation.keep(query, 100);
    generation.hit(query);
    generation.publications.sweep();
    int slot = kernel.at("a.example/1/0/0").slot();
    kernel.hits.put(slot, 1);
    for (int i = 0; i < 3; i++) {
      generation.publications.sweep();
      assertThat(kernel.hits).containsKey(slot);
    }
    generation.publications.sweep();
    assertThat(kernel.hits).isEmpty();
  }

  @Test
  void whatHasEndedGoesAndSlotsAreGivenToOthers() throws Exception {
    Generation generation = new Generation("fallback: up");
    for (int i = 0; i < 10; i++) {
      Query query = query("n" + i + ".example", "10.0.0.1");
      generation.keep(query, 100);
      generation.hit(query);
    }
    assertThat(kernel.answers).hasSize(8);
    assertThat(counters.get(Counter.KERNEL_NOT_PUBLISHED)).isEqualTo(2);
    kernel.hits.put(kernel.at("n0.example/1/0/0").slot(), 5);
    clock.advance(Duration.ofSeconds(1));
    generation.publications.sweep();
    assertThat(kernel.answers).hasSize(6).containsKey("n0.example/1/0/0");
    clock.advance(Duration.ofSeconds(160));
    for (int i = 0; i < 16; i++) {
      generation.publications.sweep();
    }
    assertThat(kernel.answers).isEmpty();
    assertThat(generation.publications.size()).isZero();
  }

  @Test
  void whatIsSettledHasNoEnd() throws Exception {
    Generation generation = new Generation("qname(keyword: ads) -> reject fallback: up");
    Query query = query("ads.example", "10.0.0.1");
    Answer rejected = Answer.negative(Rcode.NOERROR, 60, ExtendedError.BLOCKED, "");
    generation.publications.settled(query, query.client(), rejected);
    clock.advance(Duration.ofDays(3));
    generation.publications.sweep();
    assertThat(kernel.at("ads.example/1/0/0").life().constant()).isTrue();
  }

  @Test
  void nothingIsPublishedBeforeNorAfterItsTime() throws Exception {
    Generation generation = new Generation("fallback: up");
    Query query = query("a.example", "10.0.0.1");
    generation.keep(query, 300);
    generation.publications.end();
    generation.hit(query);
    assertThat(kernel.puts).isZero();
  }

  @Test
  void lookingWhetherThereIsSomethingToPublishAllocatesNothing() throws Exception {
    Generation generation = new Generation("sip(10.0.0.0/24) -> up fallback: up");
    Query query = query("a.example", "10.0.0.1");
    generation.keep(query, 300);
    Lookup look = new Lookup();
    CacheKey probe = CacheKey.probe().pointAt(query, "up");
    generation.cache.look(probe, look);
    Answer rejected = Answer.negative(Rcode.NOERROR, 60, ExtendedError.BLOCKED, "");
    Runnable hits =
        () -> {
          for (int i = 0; i < 20_000; i++) {
            generation.publications.answered(
                query,
                query.client(),
                probe,
                look.kept(),
                look.storedNanos(),
                look.endNanos(),
                look.staleEndNanos());
            generation.publications.settled(query, query.client(), rejected);
          }
        };
    hits.run();
    hits.run();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    hits.run();
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2_000);
    assertThat(kernel.puts).isEqualTo(2);
  }
}
