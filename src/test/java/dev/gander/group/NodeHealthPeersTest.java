package dev.gander.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Clock;
import dev.gander.clock.Eventually;
import dev.gander.config.Settings;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.observe.Counters;
import dev.gander.proxy.Exit;
import dev.gander.proxy.PeerProcess;
import dev.gander.proxy.ProxyExits;
import dev.gander.proxy.ProxyTls;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two real proxies, microsocks(1), of which one dies and comes back. */
class NodeHealthPeersTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Clock clock = Clock.system();
  private final Counters counters = new Counters();
  private final Dialer dialer =
      new Dialer(
          SocketMark.none(),
          clock,
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          counters);
  private final Map<Node, Exit> exits = new ConcurrentHashMap<>();
  private final List<PeerProcess> processes = new ArrayList<>();
  private final CheckServers servers;
  private final Groups groups;
  private final NodeGroup group;
  private final Path directory;
  private final int port;
  private PeerProcess dying;

  NodeHealthPeersTest(@TempDir Path directory) throws Exception {
    this.directory = directory;
    servers = new CheckServers();
    port = PeerProcess.freePort();
    int other = PeerProcess.freePort();
    dying = microsocks(port);
    microsocks(other);
    Settings settings =
        TestGroups.settings(
            "node { a: 'socks5://127.0.0.1:%d' b: 'socks5://127.0.0.1:%d' } group { g { filter: name(a)"
                    .formatted(port, other)
                + " [add_latency: -10s] filter: name(b) policy: min check_interval: 10m tcp_check_url:"
                + " 'http://127.0.0.1:%d/204' udp_check_dns: '127.0.0.1:%d' } }"
                    .formatted(servers.webPort(), servers.dnsPort()));
    groups =
        new Groups(
            settings,
            TestGroups.nodes(settings),
            new GroupParts(
                this::through,
                Optional.empty(),
                clock,
                Executors.newVirtualThreadPerTaskExecutor(),
                new Random(5),
                counters));
    group = groups.find("g").orElseThrow();
  }

  private Exit through(Node node) {
    ProxyTls tls = new ProxyTls(Optional.empty());
    return exits.computeIfAbsent(
        node,
        it ->
            ProxyExits.through(
                it.hops().getFirst(),
                dialer.exit(),
                host -> CompletableFuture.failedFuture(new IOException("no names here")),
                tls,
                Clock.system(),
                new SecureRandom()));
  }

  @AfterEach
  void stop() throws IOException {
    groups.close();
    processes.forEach(PeerProcess::close);
    servers.close();
    dialer.close();
  }

  @Test
  void aProxyThatDiesIsLeftAtOnceIsKnownToBeDeadByOneCheckAndComesBack() throws Exception {
    groups.start(Set.of("g"));
    Eventually.holds(() -> state("a", "tcp4").equals("ok") && state("b", "tcp4").equals("ok"));
    Eventually.holds(() -> state("a", "dns tcp4").equals("ok"));
    assertThat(pick()).isEqualTo("a");

    Node a = group.nodes().getFirst();
    dying.close();
    group.failed(Use.TCP4, a, "connection reset");
    assertThat(pick()).isEqualTo("b");
    Eventually.holds(
        () -> state("a", "tcp4").equals("dead") && state("a", "dns tcp4").equals("dead"));
    assertThat(group.status())
        .filteredOn(it -> it.node().equals("a") && it.use().equals("tcp4"))
        .singleElement()
        .satisfies(it -> assertThat(it.why()).contains("refused"));

    dying = microsocks(port);
    Eventually.holds(() -> state("a", "tcp4").equals("ok") && state("a", "dns tcp4").equals("ok"));
    assertThat(pick()).isEqualTo("a");
  }

  @Test
  void aProbeFindsOutAtOnce() throws Exception {
    groups.start(Set.of("g"));
    dying.close();
    groups.probe(List.of(group), clock.nanoTime() + PATIENCE.toNanos());

    assertThat(state("a", "tcp4")).isEqualTo("dead");
    assertThat(state("b", "tcp4")).isEqualTo("ok");
    assertThat(state("b", "dns tcp4")).isEqualTo("ok");
    assertThat(pick()).isEqualTo("b");
  }

  private String pick() throws NoNodeException {
    return group.pick(Use.TCP4, Key.NONE).node().name();
  }

  private String state(String node, String use) {
    return group.status().stream()
        .filter(it -> it.node().equals(node) && it.use().equals(use))
        .map(NodeStatus::state)
        .findFirst()
        .orElse("unknown");
  }

  private PeerProcess microsocks(int port) throws Exception {
    PeerProcess process =
        PeerProcess.start(
            List.of("microsocks", "-i", "127.0.0.1", "-p", "" + port), directory, port);
    processes.add(process);
    return process;
  }
}
