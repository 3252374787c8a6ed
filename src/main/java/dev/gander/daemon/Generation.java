package dev.gander.daemon;

import dev.gander.cache.AnswerCache;
import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.Diagnostic;
import dev.gander.config.DnsSettings;
import dev.gander.config.Settings;
import dev.gander.controller.ControllerParts;
import dev.gander.controller.QueryController;
import dev.gander.forward.ConfiguredUpstreams;
import dev.gander.forward.OwnNames;
import dev.gander.forward.UpstreamStatus;
import dev.gander.group.Groups;
import dev.gander.local.LocalNames;
import dev.gander.observe.Counters;
import dev.gander.observe.QueryEvents;
import dev.gander.path.PathChoice;
import dev.gander.publish.Publications;
import dev.gander.publish.Publisher;
import dev.gander.route.DnsRouter;
import dev.gander.route.TrafficRouter;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Everything that comes from one configuration, wired: rules, cache, paths, upstreams, controller.
 * Built beside the one in force, then put in its place in one step, by {@link Service}. Only the
 * counters and, where it is safe, the cache go on from one generation to the next.
 */
final class Generation implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");
  private static final Duration HOSTS_LOOK = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofMillis(20);

  /** Looks in a row at which nothing must be under way: the last reply may just be on its way. */
  private static final int QUIET_LOOKS = 2;

  /** The same while a reader may have taken this generation's controller and be about to ask. */
  private static final int QUIET_LOOKS_WITH_READERS = 5;

  private final int number;
  private final ConfigurationSource.Loaded loaded;
  private final String cacheScope;
  private final Path hosts;
  private final AnswerCache cache;
  private final Outward outward;
  private final OwnAddresses lookups;
  private final Optional<Subscribing> subscribing;
  private final Optional<WaysOut> waysOut;
  private final ConfiguredUpstreams upstreams;
  private final QueryController controller;
  private final Publisher publisher;
  private final TrafficRouter traffic;
  private final Publications publications;
  private final LocalNames localNames;
  private final @Nullable QueryLogging queryLogging;
  private final Clock clock;

  private Generation(
      int number,
      ConfigurationSource.Loaded loaded,
      String cacheScope,
      DnsRouter router,
      TrafficRouter traffic,
      AnswerCache cache,
      Optional<Generation> before,
      Counters counters,
      Surroundings surroundings,
      Publisher publisher) {
    this.publisher = publisher;
    this.traffic = traffic;
    Clock clock = surroundings.clock();
    this.number = number;
    this.loaded = loaded;
    this.cacheScope = cacheScope;
    hosts = surroundings.hosts();
    this.cache = cache;
    this.clock = clock;
    Settings settings = loaded.settings();
    outward = new Outward(loaded, surroundings, number, counters);
    ExecutorService flightThreads = outward.threads();
    lookups =
        new OwnAddresses(
            router,
            new OwnNames(
                settings.dns(),
                outward.bootstrap(),
                outward.dialer(),
                clock,
                flightThreads,
                counters),
            clock);
    subscribing = subscribing(settings, before);
    waysOut =
        outward.ways(
            traffic, lookups::ofNode, subscribing.map(Subscribing::brought).orElse(List.of()));
    before.flatMap(it -> it.waysOut).ifPresent(old -> waysOut.ifPresent(it -> it.learnFrom(old)));
    upstreams = outward.upstreams(waysOut);
    localNames = localNames(settings.dns());
    publications = new Publications(router, cache, clock, counters, publisher.traffic());
    queryLogging = QueryLogging.open(settings.global(), publisher, counters, clock);
    if (queryLogging != null) {
      flightThreads.execute(queryLogging::run);
    }
    controller =
        new QueryController(
            ControllerParts.of(
                    settings.dns(), router, cache, upstreams, counters, clock, flightThreads)
                .with(localNames)
                .with(queryLogging == null ? QueryEvents.NONE : queryLogging.log())
                .with(publications));
    waysOut.ifPresent(WaysOut::start);
    subscribing.ifPresent(it -> waysOut.ifPresent(to -> fetch(it, to)));
    upstreams.warmUp();
  }

  /** Only traffic rules lead to nodes. */
  private Optional<Subscribing> subscribing(Settings settings, Optional<Generation> before) {
    if (settings.subscriptions().isEmpty() || !PathChoice.isNeeded(settings.routing())) {
      return Optional.empty();
    }
    return Optional.of(
        new Subscribing(
            settings.subscriptions(),
            outward.subscriptionParts(lookups),
            before.flatMap(it -> it.subscribing),
            !settings.global().disableWaitingNetwork()));
  }

  private void fetch(Subscribing fetching, WaysOut to) {
    for (Settings.Subscription each : fetching.all()) {
      outward.threads().execute(() -> fetching.run(each, to::fill));
    }
  }

  /** Names of hosts; the file is looked at each second, until this generation closes. */
  private LocalNames localNames(DnsSettings dns) {
    Optional<Path> file = dns.useHosts() ? Optional.of(hosts) : Optional.empty();
    LocalNames names = LocalNames.of(dns.hosts(), file, Designations.of(dns.bind()));
    if (dns.useHosts()) {
      outward.threads().execute(() -> watch(names));
    }
    return names;
  }

  private void watch(LocalNames names) {
    try {
      while (true) {
        clock.sleep(HOSTS_LOOK);
        if (names.refresh()) {
          publisher.renew(publications);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Builds the generation after {@code before}.
   *
   * @param before absent at start
   * @param surroundings time, sockets and threads
   * @param publisher is told of answers for the kernel
   * @throws ConfigException if geodata that a rule needs is not there; nothing is left open
   */
  static Generation build(
      ConfigurationSource.Loaded loaded,
      @Nullable Generation before,
      Counters counters,
      Surroundings surroundings,
      Publisher publisher)
      throws ConfigException {
    Clock clock = surroundings.clock();
    Settings settings = loaded.settings();
    DnsRouter router =
        DnsRouter.build(
            settings.dns(),
            settings.routing(),
            loaded.geodata(),
            surroundings.interfaceNames(),
            Generation::warn);
    TrafficRouter traffic =
        TrafficRouter.build(settings.routing(), loaded.geodata(), Generation::warn);
    String scope = CacheScope.fingerprint(settings, loaded.geodata());
    AnswerCache cache =
        before != null && before.cacheScope.equals(scope)
            ? before.cache
            : new AnswerCache(settings.dns(), clock, publisher.cacheSink());
    int number = before == null ? 1 : before.number + 1;
    return new Generation(
        number,
        loaded,
        scope,
        router,
        traffic,
        cache,
        Optional.ofNullable(before),
        counters,
        surroundings,
        publisher);
  }

  private static void warn(Diagnostic diagnostic) {
    LOG.log(Level.WARNING, diagnostic.toString());
  }

  int number() {
    return number;
  }

  /** The configuration file as given. */
  String configurationName() {
    return loaded.name();
  }

  Settings settings() {
    return loaded.settings();
  }

  QueryController controller() {
    return controller;
  }

  /** What of this generation the kernel may answer. */
  Publisher.Terms published() {
    return new Publisher.Terms(
        publications,
        KernelTerms.allow(settings()),
        controller::rejection,
        localNames,
        KernelTerms.sample(settings()),
        KernelTerms.policy(settings(), loaded.geodata(), hosts),
        KernelTerms.traffic(settings().global(), traffic));
  }

  /** The groups that rules may lead to; absent where there are no traffic rules. */
  Optional<Groups> groups() {
    return waysOut.map(WaysOut::groups);
  }

  /** How each upstream does. */
  List<UpstreamStatus> upstreams() {
    return upstreams.status();
  }

  /** Asks each upstream a question; blocks. */
  List<UpstreamCheck> check() {
    return UpstreamCheck.ask(settings().dns(), upstreams, clock);
  }

  /** What of this generation is in the kernel. */
  Publications publications() {
    return publications;
  }

  TrafficRouter traffic() {
    return traffic;
  }

  AnswerCache cache() {
    return cache;
  }

  /** What the answers in {@link #cache} depend on. */
  String cacheScope() {
    return cacheScope;
  }

  /**
   * Waits until no query is under way, or {@code patience} is over; then closes.
   *
   * @param readers whether some may still hold this generation's controller
   * @return queries cut off
   */
  int drain(Duration patience, boolean readers) {
    long deadline = clock.nanoTime() + patience.toNanos();
    int enough = readers ? QUIET_LOOKS_WITH_READERS : QUIET_LOOKS;
    int quiet = 0;
    try {
      while (quiet < enough && clock.nanoTime() - deadline < 0) {
        quiet = controller.inFlight() == 0 ? quiet + 1 : 0;
        clock.sleep(POLL);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    int cut = controller.inFlight();
    close();
    return cut;
  }

  /** Ends flights and paths at once; queries still under way get SERVFAIL. */
  @Override
  public void close() {
    controller.end();
    outward.threads().shutdownNow();
    if (queryLogging != null) {
      queryLogging.close();
    }
    upstreams.close();
    waysOut.ifPresent(WaysOut::close);
    lookups.close();
    outward.close();
  }
}
