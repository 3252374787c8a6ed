package dev.gander.group;

import com.sun.management.OperatingSystemMXBean;
import dev.gander.clock.Clock;
import dev.gander.config.Settings;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.proxy.Exit;
import dev.gander.proxy.ProxyExits;
import dev.gander.proxy.ProxyTls;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/**
 * What the checks of many nodes cost: CPU of this process, in which nothing else happens. Nodes
 * take the links in turn; the proxies and what checks ask are in other processes.
 *
 * <p>{@code HealthChecksBench NODES WEB_PORT DNS_PORT INTERVAL SECONDS AUTHORITY LINK…}; without
 * arguments it is the web server and the resolver, and prints their ports.
 */
final class HealthChecksBench {

  private static final int CARRYING = 10;

  /** The first of the arguments that are links. */
  private static final int LINKS = 6;

  private HealthChecksBench() {}

  public static void main(String[] args) throws Exception {
    if (args.length == 0) {
      CheckServers servers = new CheckServers();
      System.out.println(servers.webPort() + " " + servers.dnsPort());
      Thread.currentThread().join();
      return;
    }
    int nodes = Integer.parseInt(args[0]);
    Clock clock = Clock.system();
    Counters counters = new Counters();
    Dialer dialer =
        new Dialer(
            SocketMark.none(),
            clock,
            Thread.ofPlatform().daemon().factory(),
            new SecureRandom(),
            counters);
    Groups groups = groups(nodes, args, dialer, clock, counters);
    long before = clock.nanoTime();
    groups.start(Set.of("g"));
    System.out.printf("start delayed by %d ms%n", (clock.nanoTime() - before) / 1_000_000);
    NodeGroup group = groups.find("g").orElseThrow();
    List<Node> carrying = group.nodes().subList(0, CARRYING);
    // The first round, and time for the JVM to compile what runs over and over.
    clock.sleep(Duration.ofSeconds(60 + nodes * 3L / 100));
    measure("after the first round", Integer.parseInt(args[4]), group, carrying, clock, counters);
    System.exit(0);
  }

  private static Groups groups(
      int nodes, String[] args, Dialer dialer, Clock clock, Counters counters) {
    StringBuilder written = new StringBuilder("node {");
    for (int i = 0; i < nodes; i++) {
      String link = args[LINKS + i % (args.length - LINKS)];
      written.append(" n").append(i).append(": '").append(link).append("'");
    }
    Settings settings =
        TestGroups.settings(
            written
                + " } group { g { policy: min tcp_check_url: 'http://127.0.0.1:"
                + args[1]
                + "/204' udp_check_dns: '127.0.0.1:"
                + args[2]
                + "' check_interval: "
                + args[3]
                + " } }");
    ProxyTls tls = new ProxyTls(Optional.of(Path.of(args[5])));
    SecureRandom random = new SecureRandom();
    Map<Node, Exit> exits = new ConcurrentHashMap<>();
    NodeExits through =
        node ->
            exits.computeIfAbsent(
                node,
                it ->
                    ProxyExits.through(
                        it.hops().getFirst(),
                        dialer.exit(),
                        host -> CompletableFuture.failedFuture(new IOException("no names")),
                        tls,
                        clock,
                        random));
    return new Groups(
        settings,
        TestGroups.nodes(settings),
        new GroupParts(
            through,
            Optional.empty(),
            clock,
            Executors.newVirtualThreadPerTaskExecutor(),
            random,
            counters));
  }

  private static void measure(
      String what,
      int seconds,
      NodeGroup group,
      List<Node> carrying,
      Clock clock,
      Counters counters)
      throws InterruptedException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    List<Double> shares = new ArrayList<>();
    for (int i = 0; i < seconds / 10; i++) {
      long cpu = system.getProcessCpuTime();
      long checks = counters.get(Counter.NODE_CHECKS);
      long start = clock.nanoTime();
      carrying.forEach(it -> group.worked(Use.DNS_UDP4, it, 1_000_000));
      clock.sleep(Duration.ofSeconds(10));
      double used = system.getProcessCpuTime() - cpu;
      shares.add(100 * used / (clock.nanoTime() - start));
      System.out.printf(
          "%s: %.1f checks/s, %.2f %% of a core%n",
          what, (counters.get(Counter.NODE_CHECKS) - checks) / 10.0, shares.getLast());
    }
    System.out.printf(
        "mean %.2f %%; dead %d of %d states%n",
        shares.stream().mapToDouble(it -> it).average().orElse(0),
        group.status().stream().filter(it -> it.state().equals("dead")).count(),
        group.status().size());
    group.status().stream().map(NodeStatus::why).distinct().limit(3).forEach(System.out::println);
  }
}
