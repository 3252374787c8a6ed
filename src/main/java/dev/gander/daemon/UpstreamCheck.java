package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.DnsSettings;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.forward.BootstrapResolvers;
import dev.gander.forward.ConfiguredUpstreams;
import dev.gander.forward.Upstreams;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.observe.Counters;
import dev.gander.route.TrafficRouter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What one upstream made of a question: who serves the root, which every resolver knows.
 *
 * @param answered whether anything came back
 * @param text the response code, or why nothing came
 * @param nanos until the answer, or until it was given up
 */
public record UpstreamCheck(
    String name, String transport, boolean answered, String text, long nanos) {

  private static final Question ROOT = Question.of(".", RecordType.NS);

  /**
   * Asks the upstreams of a configuration as a daemon would, without one. Of subscriptions what is
   * on disk is known here.
   *
   * @param file empty: the built-in one
   * @throws ConfigException if it cannot be used
   */
  public static List<UpstreamCheck> ask(
      Optional<Path> file, Map<String, String> environment, Clock clock) throws ConfigException {
    ConfigurationSource.Loaded loaded = new ConfigurationSource(file, environment).load();
    TrafficRouter traffic =
        TrafficRouter.build(loaded.settings().routing(), loaded.geodata(), warning -> {});
    try (Outward outward = new Outward(loaded, Surroundings.real(clock), 0, new Counters())) {
      BootstrapResolvers names = outward.bootstrap();
      Optional<WaysOut> ways =
          outward.ways(traffic, _ -> names::addressesOf, outward.subscribedOnDisk());
      try (ConfiguredUpstreams upstreams = outward.upstreams(ways)) {
        return ask(loaded.settings().dns(), upstreams, clock);
      } finally {
        ways.ifPresent(WaysOut::close);
      }
    }
  }

  /** Asks all at the same time; none longer than a query may take. */
  static List<UpstreamCheck> ask(DnsSettings settings, Upstreams upstreams, Clock clock) {
    long begin = clock.nanoTime();
    long deadline = begin + settings.queryTimeout().toNanos();
    List<UpstreamCheck> checks = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<UpstreamCheck>> asked =
          settings.upstreams().stream()
              .map(one -> threads.submit(() -> ask(one, upstreams, begin, deadline, clock)))
              .toList();
      for (Future<UpstreamCheck> one : asked) {
        checks.add(one.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("asking an upstream", e.getCause());
    }
    return checks;
  }

  private static UpstreamCheck ask(
      Upstream one, Upstreams upstreams, long begin, long deadline, Clock clock)
      throws InterruptedException {
    String text;
    boolean answered = false;
    try {
      text =
          upstreams.ask(Query.own(ROOT, false), one.name(), deadline).answer().rcode().toString();
      answered = true;
    } catch (IOException e) {
      text = Failures.reason(e);
    }
    return new UpstreamCheck(
        one.name(), one.scheme().scheme(), answered, text, clock.nanoTime() - begin);
  }

  /** For the control socket. */
  Map<String, Object> row() {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", name);
    row.put("transport", transport);
    row.put("answered", answered);
    row.put("text", text);
    row.put("us", TimeUnit.NANOSECONDS.toMicros(nanos));
    return row;
  }

  /** What {@link #row} has made of one; a foreign row is not one that answered. */
  public static UpstreamCheck of(Map<?, ?> row) {
    return new UpstreamCheck(
        String.valueOf(row.get("name")),
        String.valueOf(row.get("transport")),
        Boolean.TRUE.equals(row.get("answered")),
        String.valueOf(row.get("text")),
        row.get("us") instanceof Long us ? TimeUnit.MICROSECONDS.toNanos(us) : 0);
  }
}
