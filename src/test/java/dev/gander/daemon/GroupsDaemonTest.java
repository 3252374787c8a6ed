package dev.gander.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.gander.message.RecordType;
import dev.gander.proxy.PeerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes of a file and of subscriptions, in a whole daemon that checks them through real proxies.
 */
class GroupsDaemonTest {

  private static final Duration PATIENCE = Duration.ofSeconds(25);
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  @TempDir Path folder;

  private final List<PeerProcess> proxies = new ArrayList<>();
  private HttpServer web;
  private NamingServer dns;

  @BeforeEach
  void servers() throws IOException {
    web = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 50);
    web.setExecutor(task -> Thread.ofVirtual().start(task));
    web.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    web.start();
    dns = new NamingServer();
  }

  @AfterEach
  void stop() throws Exception {
    proxies.forEach(PeerProcess::close);
    web.stop(0);
    dns.close();
  }

  @Test
  void aProbeTellsHowTheNodesOfTheFileAndOfSubscriptionsDo() throws Exception {
    int proxy = microsocks();
    int nobody = PeerProcess.freePort();
    Files.writeString(
        folder.resolve("list.txt"), "socks5://127.0.0.1:%d#listed\nssr://x#odd\n".formatted(proxy));
    String text =
        """
        subscription { mine: 'file://list.txt' }
        node { gone: 'socks5://127.0.0.1:%d' }
        group { proxy { policy: min } empty { filter: name(nobody) policy: min } }
        routing { dport(53) -> empty fallback: proxy }
        """
            .formatted(nobody);
    try (RunningDaemon running = RunningDaemon.start(folder, configuration(text))) {
      ControlClient client = new ControlClient(RunningDaemon.run(folder));
      List<Map<?, ?>> nodes = rows(client.probe("proxy", PATIENCE), "nodes");

      assertThat(row(nodes, "listed", "tcp4").get("state")).isEqualTo("ok");
      assertThat(row(nodes, "listed", "tcp4").get("chosen")).isEqualTo(true);
      assertThat(row(nodes, "listed", "tcp4").get("tag")).isEqualTo("mine");
      assertThat(row(nodes, "listed", "dns tcp4").get("state")).isEqualTo("ok");
      assertThat(row(nodes, "gone", "tcp4").get("state")).isEqualTo("dead");
      assertThat(String.valueOf(row(nodes, "gone", "tcp4").get("why"))).contains("refused");
      assertThat(rows(client.probe("empty", Duration.ZERO), "nodes")).isEmpty();
      assertThatThrownBy(() -> client.probe("nope", Duration.ZERO))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no group is called nope; there are: proxy, empty");
      Map<?, ?> group =
          rows(running.status(), "groups").stream()
              .filter(it -> "tcp4".equals(it.get("use")))
              .findFirst()
              .orElseThrow();
      assertThat(group.get("group")).isEqualTo("proxy");
      assertThat(group.get("nodes")).isEqualTo(2L);
      assertThat(group.get("alive")).isEqualTo(1L);
      assertThat(group.get("node")).isEqualTo("listed");
    }
  }

  @Test
  void whatWouldBecomeOfAQuestionIsToldWithItsNodeAndTheCache() throws Exception {
    String text =
        """
        node { one: 'socks5://127.0.0.1:%d' }
        group { proxy { policy: fixed(0) } }
        dns {
          bind: 'udp://127.0.0.1:0'
          use_hosts: false
          upstream { near: 'tcp://127.0.0.1:%d' }
          routing { request { uid(0) -> reject fallback: near } }
        }
        routing { pname(curl) -> proxy fallback: direct }
        """
            .formatted(microsocks(), dns.port());
    try (RunningDaemon running = RunningDaemon.start(folder, configuration(text))) {
      ControlClient client = new ControlClient(RunningDaemon.run(folder));
      AskedQuery asked = asked("curl", -1);
      Map<String, Object> before = client.explain(asked, PATIENCE);
      assertThat(before)
          .containsEntry("outcome", "asked of near")
          .containsEntry("cached", false)
          .containsEntry("kernel", "answers nothing now");
      assertThat(rows(before, "upstreams").getFirst().get("way"))
          .isEqualTo("group proxy, node one");
      assertThat(running.ask("www.example.com")).isEqualTo("127.0.0.1");
      assertThat(client.explain(asked("", -1), PATIENCE)).containsEntry("cached", true);
      // What came by another exit is nothing to this client.
      assertThat(client.explain(asked, PATIENCE)).containsEntry("cached", false);
      assertThat(client.explain(asked("", 0), PATIENCE)).containsEntry("outcome", "rejected");
      assertThat(rows(client.explain(asked("", -1), PATIENCE), "upstreams").getFirst().get("way"))
          .isEqualTo("straight");
    }
  }

  private static AskedQuery asked(String pname, int uid) {
    Optional<InetAddress> unknown = Optional.empty();
    return new AskedQuery(
        "www.example.com", RecordType.A, unknown, 0, 0, 0, "", pname, uid, "", unknown);
  }

  @Test
  void whatIsKnownOfNodesOutlivesAReload() throws Exception {
    String node = "node { one: 'socks5://127.0.0.1:%d' }".formatted(microsocks());
    String text = node + " group { proxy { policy: min } } routing { fallback: proxy }";
    try (RunningDaemon running = RunningDaemon.start(folder, configuration(text))) {
      ControlClient client = new ControlClient(RunningDaemon.run(folder));
      Map<String, Object> _ = client.probe("", PATIENCE);
      running.reload(configuration(text + " dns { min_ttl: 7 }"));

      assertThat(rows(client.probe("", Duration.ZERO), "nodes"))
          .anySatisfy(row -> {
            assertThat(row.get("use")).isEqualTo("tcp4");
            assertThat(row.get("state")).isEqualTo("ok");
          });
    }
  }

  @Test
  void nothingWaitsForSubscriptionsAndRulesSayWhoResolvesTheirNames() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    byte[] list = "socks5://proxy.test:%d#listed".formatted(microsocks()).getBytes(UTF_8);
    web.createContext(
        "/list",
        exchange -> {
          await(go);
          exchange.sendResponseHeaders(200, list.length);
          exchange.getResponseBody().write(list);
          exchange.close();
        });
    String text =
        """
        global { bootstrap_resolver: '127.0.0.1:1' }
        subscription { mine: 'http://subs.test:%d/list' }
        group { proxy { policy: min } }
        dns {
          bind: 'udp://127.0.0.1:0'
          upstream { near: 'tcp://127.0.0.1:%d' }
          routing {
            request {
              sub(mine) -> near
              subnode(subtag: mine) -> near
              fallback: near
            }
          }
        }
        routing { dip(127.0.0.1) -> direct fallback: proxy }
        """
            .formatted(web.getAddress().getPort(), dns.port());
    try (RunningDaemon running = RunningDaemon.start(folder, configuration(text))) {
      assertThat(running.ask("www.example.com")).isEqualTo("127.0.0.1");
      ControlClient client = new ControlClient(RunningDaemon.run(folder));
      assertThat(rows(client.probe("proxy", Duration.ZERO), "nodes")).isEmpty();

      go.countDown();
      List<Map<?, ?>> nodes = List.of();
      while (nodes.isEmpty()) {
        nodes = rows(client.probe("proxy", PATIENCE), "nodes");
      }
      assertThat(row(nodes, "listed", "tcp4").get("state")).isEqualTo("ok");

      // A reload begins with what there was.
      web.removeContext("/list");
      running.reload(configuration(text + " dns { min_ttl: 7 }"));
      assertThat(rows(client.probe("proxy", Duration.ZERO), "nodes")).isNotEmpty();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void withoutTrafficRulesThereIsNothingToProbe() throws Exception {
    try (RunningDaemon running = RunningDaemon.start(folder, configuration("routing { }"))) {
      ControlClient client = new ControlClient(RunningDaemon.run(folder));

      assertThatThrownBy(() -> client.probe("", Duration.ZERO))
          .hasMessageContaining("no rule sends anything to a group");
      assertThat(running.status()).doesNotContainKey("groups");
    }
  }

  private String configuration(String text) {
    return """
    global {
      tcp_check_url: 'http://127.0.0.1:%d'
      udp_check_dns: '127.0.0.1:%d'
    }
    %s
    """
        .formatted(web.getAddress().getPort(), dns.port(), text);
  }

  private static List<Map<?, ?>> rows(Map<String, Object> answer, String key) {
    List<Map<?, ?>> rows = new ArrayList<>();
    if (answer.get(key) instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof Map<?, ?> row) {
          rows.add(row);
        }
      }
    }
    return rows;
  }

  private static Map<?, ?> row(List<Map<?, ?>> rows, String node, String use) {
    return rows.stream()
        .filter(it -> node.equals(it.get("node")) && use.equals(it.get("use")))
        .findFirst()
        .orElseThrow(() -> new AssertionError(rows.toString()));
  }

  private int microsocks() throws Exception {
    int port = PeerProcess.freePort();
    proxies.add(
        PeerProcess.start(List.of("microsocks", "-i", "127.0.0.1", "-p", "" + port), folder, port));
    return port;
  }
}
