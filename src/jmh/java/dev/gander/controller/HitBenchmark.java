package dev.gander.controller;

import dev.gander.cache.AnswerCache;
import dev.gander.cache.CacheKey;
import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsText;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Messages;
import dev.gander.message.QueryView;
import dev.gander.message.RecordType;
import dev.gander.observe.Counters;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A query parsed and answered on the reading thread: fresh, stale, and below a NXDOMAIN. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@NullUnmarked // JMH fills the fields in @Setup
public class HitBenchmark {

  /** What the cache knows of the names asked. */
  public enum Known {
    FRESH,
    STALE,
    BELOW_NXDOMAIN
  }

  @Param public Known known;

  /** Names in the cache. */
  @Param({"1000", "50000"})
  public int names;

  private final QueryView view = new QueryView();
  private final Client client = new Client();
  private final byte[] out = new byte[1232];
  private byte[][] queries;
  private QueryController controller;
  private int next;

  /** The machine's time, and what has been added to it. */
  private static final class ShiftedClock implements Clock {
    private volatile long ahead;

    @Override
    public long nanoTime() {
      return Clock.system().nanoTime() + ahead;
    }

    @Override
    public long epochMillis() {
      return Clock.system().epochMillis();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
      Clock.system().sleep(duration);
    }

    @Override
    public boolean await(CompletableFuture<?> done, long deadlineNanos)
        throws InterruptedException {
      return Clock.system().await(done, deadlineNanos - ahead);
    }

    @Override
    public Alarm alarm(long deadlineNanos, Runnable action) {
      return Clock.system().alarm(deadlineNanos - ahead, action);
    }
  }

  /** Fills the cache. */
  @Setup
  public void build() {
    DnsSettings settings =
        DnsText.dns(
            "optimistic_cache_ttl: 0\n"
                + "upstream { up: 'udp://192.0.2.53' } routing { request { fallback: up } }");
    ShiftedClock clock = new ShiftedClock();
    AnswerCache cache = new AnswerCache(settings, clock);
    controller =
        new QueryController(
            ControllerParts.of(
                settings,
                ControllerStory.router(settings),
                cache,
                new FakeUpstreams(),
                new Counters(),
                clock,
                flight -> {})); // what is stale is never refreshed
    queries = new byte[names][];
    for (int i = 0; i < names; i++) {
      String name = "n" + i + ".example.org";
      view.parse(Messages.query(name, RecordType.A).toWire(), 0, name.length() + 18);
      Answer answer =
          Messages.answer(
              known == Known.BELOW_NXDOMAIN
                  ? Messages.negativeResponse(name, RecordType.A, 3, 3600, 3600)
                  : Messages.addressResponse(name, 3600, "192.0.2.1"));
      Answer _ = cache.keep(CacheKey.of(view, "up"), answer);
      String asked = known == Known.BELOW_NXDOMAIN ? "www." + name : name;
      queries[i] = Messages.dnssecQuery(asked, RecordType.A, 1232).toWire();
      if (known == Known.BELOW_NXDOMAIN) {
        queries[i] = Messages.query(asked, RecordType.A).toWire();
      } else {
        view.parse(queries[i], 0, queries[i].length);
        Answer _ = cache.keep(CacheKey.of(view, "up"), answer);
      }
    }
    clock.ahead = known == Known.STALE ? Duration.ofHours(2).toNanos() : 0;
  }

  /** One query, from its bytes to those of the answer. */
  @Benchmark
  public int answer() {
    byte[] query = queries[next++ % queries.length];
    view.parse(query, 0, query.length);
    int length = controller.answerNow(view, client, out);
    if (length <= 0) {
      throw new IllegalStateException("not answered: " + length);
    }
    return length;
  }
}
