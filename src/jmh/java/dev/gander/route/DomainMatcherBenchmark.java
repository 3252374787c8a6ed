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

/** A look-up among a million domains in 200 rules; half of the names asked are listed. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@NullUnmarked // JMH fills the fields in @Setup
public class DomainMatcherBenchmark {

  /** Whether 500 keywords and 50 regular expressions are among the patterns. */
  @Param({"false", "true"})
  public boolean keywords;

  private Workload workload;
  private DomainMatcher matcher;
  private DomainMatcher.LookUp state;
  private int[] ruleOf;
  private long[] rules;
  private int next;

  /** Builds the matcher. */
  @Setup
  public void build() {
    workload = new Workload();
    matcher = workload.domainMatcher(keywords);
    state = matcher.newLookUp();
    ruleOf = new int[matcher.conditions()];
    for (int i = 0; i < ruleOf.length; i++) {
      ruleOf[i] = i;
    }
    rules = new long[(ruleOf.length + 63) >>> 6];
  }

  /** One name: which rules can match it. */
  @Benchmark
  public long lookUp() {
    int question = next++ & (Workload.QUESTIONS - 1);
    for (int i = 0; i < rules.length; i++) {
      rules[i] = 0;
    }
    matcher.lookUp(workload.names, workload.offsets[question], state);
    matcher.collect(state, ruleOf, rules);
    return rules[0] ^ rules[rules.length - 1];
  }
}
