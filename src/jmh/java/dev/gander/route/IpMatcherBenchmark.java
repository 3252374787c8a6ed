package dev.gander.route;

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

/** A look-up among 100,000 prefixes, half of each family, in 20 conditions. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@NullUnmarked // JMH fills the fields in @Setup
public class IpMatcherBenchmark {

  /** Which addresses are asked. */
  @Param({"4", "6"})
  public int family;

  private IpMatcher matcher;
  private long[] addresses;
  private long[] marks;
  private int next;

  /** Builds the matcher. */
  @Setup
  public void build() {
    Workload workload = new Workload();
    matcher = workload.ipMatcher();
    addresses = workload.addresses();
    marks = new long[(matcher.conditions() + 63) >>> 6];
  }

  /** One address. */
  @Benchmark
  public long mark() {
    int pair = 4 * (next++ & (Workload.QUESTIONS / 2 - 1)) + (family == 4 ? 0 : 2);
    marks[0] = 0;
    matcher.mark(addresses[pair], addresses[pair + 1], marks);
    return marks[0];
  }
}
