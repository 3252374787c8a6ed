package dev.gander.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.gander.clock.Clock;
import dev.gander.clock.Eventually;
import dev.gander.config.Place;
import dev.gander.config.Settings.Subscription;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.observe.Counters;
import dev.gander.tls.SelfSigned;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Subscriptions of a web server on loopback, which is called {@code subs.example}. */
@Timeout(60)
class SubscriptionsTest {

  private static final String TOKEN = "t0ps3cret";
  private static final String LIST = "socks5://192.0.2.1:1080#one\nsocks5://192.0.2.2:1080#two\n";

  @TempDir private Path directory;

  private final Clock clock = Clock.system();
  private final Dialer dialer =
      new Dialer(
          SocketMark.none(),
          clock,
          Thread.ofPlatform().daemon().factory(),
          new SecureRandom(),
          new Counters());
  private final HttpServer server;
  private final ConcurrentHashMap<String, String> agents = new ConcurrentHashMap<>();
  private Subscriptions subscriptions;

  SubscriptionsTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 50);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  @BeforeEach
  void make() {
    subscriptions = subscriptions(Optional.empty());
  }

  private Subscriptions subscriptions(Optional<Path> authorities) {
    SubscriptionNames names =
        (host, tag, deadline) -> {
          if (!host.equals("subs.example")) {
            throw new IOException("no address of " + host);
          }
          return List.of(InetAddress.ofLiteral("127.0.0.1"));
        };
    return new Subscriptions(
        new SubscriptionParts(
            dialer.exit(),
            names,
            authorities,
            directory,
            clock,
            Executors.newVirtualThreadPerTaskExecutor()));
  }

  @AfterEach
  void stop() {
    server.stop(0);
    dialer.close();
  }

  @Test
  void subscriptionsComeInTheirOrderAndOneThatFailsHoldsUpNoOther() throws Exception {
    serve("/a", 200, LIST);
    serve("/broken", 500, "");
    serve("/html", 200, "<html>" + TOKEN + "</html>");

    Subscriptions.Fetched fetched =
        fetch(
            List.of(
                subscription("a", url("http", "/a?token=" + TOKEN)),
                subscription("b", url("http", "/broken?token=" + TOKEN)),
                subscription("c", url("http", "/html")),
                subscription("d", "http://user:" + TOKEN + "@nowhere.example/" + TOKEN),
                subscription("", url("http", "/a"))));

    assertThat(fetched.subscribed()).extracting(it -> it.tag()).containsExactly("a", "");
    assertThat(fetched.subscribed().getFirst().listing().links()).hasSize(2);
    assertThat(fetched.warnings())
        .satisfiesExactly(
            b ->
                assertThat(b)
                    .endsWith(
                        "warning: subscription `b` of http://subs.example:"
                            + server.getAddress().getPort()
                            + " did not come: the answer is HTTP 500"),
            c -> assertThat(c).contains("did not come: it is neither a list of links"),
            d ->
                assertThat(d)
                    .endsWith(
                        "`d` of http://nowhere.example did not come: no address of nowhere.example"));
    assertThat(fetched.warnings().toString()).doesNotContain(TOKEN);
    assertThat(agents.get("/a")).startsWith("gander");
  }

  @Test
  void redirectsAreFollowedFiveTimesAndCompressedBodiesUnpacked() throws Exception {
    for (int i = 0; i < 6; i++) {
      redirect("/r" + i, i % 2 == 0 ? "r" + (i + 1) : url("http", "/r" + (i + 1)));
    }
    serve("/r6", 200, LIST);
    server.createContext(
        "/zip",
        exchange -> {
          ByteArrayOutputStream zipped = new ByteArrayOutputStream();
          try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
            gzip.write(LIST.getBytes(StandardCharsets.UTF_8));
          }
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          answer(exchange, 200, zipped.toByteArray());
        });

    Subscriptions.Fetched fetched =
        fetch(
            List.of(
                subscription("five", url("http", "/r1")),
                subscription("six", url("http", "/r0")),
                subscription("zip", url("http", "/zip"))));

    assertThat(fetched.subscribed()).extracting(it -> it.tag()).containsExactly("five", "zip");
    assertThat(fetched.warnings())
        .singleElement()
        .asString()
        .endsWith("did not come: it redirects more than 5 times");
  }

  @Test
  void whatIsTooLongIsRefusedThoughItComesSmall() throws Exception {
    server.createContext(
        "/bomb",
        exchange -> {
          ByteArrayOutputStream zipped = new ByteArrayOutputStream();
          try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 40; i++) {
              gzip.write(zeros);
            }
          }
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          answer(exchange, 200, zipped.toByteArray());
        });

    Subscriptions.Fetched fetched = fetch(List.of(subscription("bomb", url("http", "/bomb"))));

    assertThat(fetched.subscribed()).isEmpty();
    assertThat(fetched.warnings()).singleElement().asString().contains("did not come: ");
  }

  @Test
  void whatCameLastIsKeptForOneselfAndUsedWhenTheServerIsGone() throws Exception {
    serve("/a", 200, LIST);
    Subscription kept = subscription("my/sub", url("http-file", "/a?token=" + TOKEN));
    Subscription passing = subscription("passing", url("http", "/a"));
    fetch(List.of(kept, passing));
    server.stop(0);

    Subscriptions.Fetched fetched = fetch(List.of(kept, passing));

    assertThat(fetched.subscribed()).extracting(it -> it.tag()).containsExactly("my/sub");
    assertThat(fetched.subscribed().getFirst().listing().links()).hasSize(2);
    assertThat(fetched.warnings())
        .hasSize(2)
        .first()
        .asString()
        .contains("refused")
        .endsWith("(what came last is used)");
    Path file = directory.resolve("persist.d/my%2fsub.sub");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
        .isEqualTo("rwx------");
    assertThat(subscriptions.atHand(kept)).isPresent();
    assertThat(subscriptions.atHand(passing)).isEmpty();
  }

  @Test
  void aBrokenAnswerDoesNotReplaceWhatIsKept() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    server.createContext(
        "/a",
        exchange ->
            answer(
                exchange,
                200,
                (asked.getAndIncrement() == 0 ? LIST : "<html>").getBytes(StandardCharsets.UTF_8)));
    List<Subscription> all = List.of(subscription("a", url("http-file", "/a")));
    fetch(all);
    fetch(all);

    assertThat(fetch(all).subscribed()).hasSize(1);
  }

  @Test
  void whatIsKeptOfSubscriptionsThatAreNoMoreIsRemoved() throws Exception {
    serve("/a", 200, LIST);
    fetch(
        List.of(
            subscription("香港", url("http-file", "/a")),
            subscription("old", url("http-file", "/a"))));
    Files.writeString(directory.resolve("persist.d/other.txt"), "mine");
    subscriptions.tidy(List.of(subscription("香港", url("http-file", "/a"))));

    try (var files = Files.list(directory.resolve("persist.d"))) {
      assertThat(files.map(it -> String.valueOf(it.getFileName())))
          .containsExactlyInAnyOrder("香港.sub", "other.txt");
    }
  }

  @Test
  void filesAreReadFromBesideTheConfigurationOrByTheirWholePath() throws Exception {
    Files.createDirectory(directory.resolve("subs"));
    Path file = Files.writeString(directory.resolve("subs/list"), LIST);

    Subscriptions.Fetched fetched =
        fetch(
            List.of(
                subscription("relative", "file://subs/list"),
                subscription("absolute", "file://" + file),
                subscription("missing", "file://nowhere")));

    assertThat(fetched.subscribed())
        .extracting(it -> it.tag())
        .containsExactly("relative", "absolute");
    assertThat(subscriptions.atHand(subscription("relative", "file://subs/list"))).isPresent();
    assertThat(subscriptions.atHand(subscription("missing", "file://nowhere"))).isEmpty();
    assertThat(fetched.warnings())
        .singleElement()
        .asString()
        .contains("`missing` of file://nowhere did not come: there is no file");
  }

  @Test
  void atMostFourAreFetchedAtATime() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch four = new CountDownLatch(4);
    AtomicInteger underWay = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    server.createContext(
        "/slow",
        exchange -> {
          most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
          four.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          underWay.decrementAndGet();
          answer(exchange, 200, LIST.getBytes(StandardCharsets.UTF_8));
        });
    List<Subscription> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      all.add(subscription("s" + i, url("http", "/slow")));
    }
    Thread release =
        Thread.startVirtualThread(() -> {
          try {
            four.await();
            go.countDown();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });

    assertThat(fetch(all).subscribed()).hasSize(10);
    release.join();
    assertThat(most.get()).isLessThanOrEqualTo(4);
  }

  @Test
  void overHttpsTheServerMustProveItsName() throws Exception {
    Path certificate = directory.resolve("cert.pem");
    Path key = directory.resolve("key.pem");
    SelfSigned.make(List.of("subs.example"), List.of(), Duration.ofDays(2)).write(certificate, key);
    HttpsServer https =
        HttpsServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 50);
    https.setHttpsConfigurator(new HttpsConfigurator(TestTls.context(certificate, key)));
    https.createContext(
        "/", exchange -> answer(exchange, 200, LIST.getBytes(StandardCharsets.UTF_8)));
    https.start();
    int port = https.getAddress().getPort();
    List<Subscription> all =
        List.of(
            subscription("right", "https://subs.example:" + port + "/" + TOKEN),
            subscription("wrong", "https://127.0.0.1:" + port + "/" + TOKEN));

    Subscriptions.Fetched believing = fetch(subscriptions(Optional.of(certificate)), all);
    Subscriptions.Fetched doubting = fetch(subscriptions(Optional.empty()), all);
    https.stop(0);

    assertThat(believing.subscribed()).extracting(it -> it.tag()).containsExactly("right");
    assertThat(doubting.subscribed()).isEmpty();
    assertThat(doubting.warnings()).hasSize(2);
    assertThat(doubting.warnings().toString()).doesNotContain(TOKEN);
  }

  @Test
  void aServerThatSpeaksNoTlsIsCalledThatInWords() throws Exception {
    try (ServerSocket plain = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      Thread.startVirtualThread(() -> greetInPlainText(plain));

      Subscriptions.Fetched fetched =
          fetch(
              List.of(
                  subscription("plain", "https://subs.example:" + plain.getLocalPort() + "/list")));

      assertThat(fetched.warnings())
          .singleElement()
          .asString()
          .endsWith("did not come: what it says is no TLS");
    }
  }

  private static void greetInPlainText(ServerSocket server) {
    try (Socket client = server.accept()) {
      client.getOutputStream().write("220 mail.example ESMTP\r\n".getBytes(StandardCharsets.UTF_8));
      client.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aServerThatTakesLongHoldsNobodyUpAndCountsTheNextTime() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    server.createContext(
        "/slow",
        exchange -> {
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          answer(exchange, 200, LIST.getBytes(StandardCharsets.UTF_8));
        });
    List<Subscription> all = List.of(subscription("slow", url("http-file", "/slow")));

    Subscriptions.Fetched fetched = subscriptions.fetch(all, clock.nanoTime() + 300_000_000L);
    assertThat(fetched.subscribed()).isEmpty();
    assertThat(fetched.warnings()).singleElement().asString().contains("has taken too long");

    go.countDown();
    Eventually.holds(() -> !subscriptions.atHand(all.getFirst()).isEmpty());
  }

  private Subscriptions.Fetched fetch(List<Subscription> all) throws InterruptedException {
    return fetch(subscriptions, all);
  }

  private Subscriptions.Fetched fetch(Subscriptions from, List<Subscription> all)
      throws InterruptedException {
    return from.fetch(all, clock.nanoTime() + 40_000_000_000L);
  }

  private void serve(String path, int status, String body) {
    server.createContext(
        path, exchange -> answer(exchange, status, body.getBytes(StandardCharsets.UTF_8)));
  }

  private void redirect(String path, String location) {
    server.createContext(
        path,
        exchange -> {
          exchange.getResponseHeaders().set("Location", location);
          answer(exchange, 302, new byte[0]);
        });
  }

  private void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    agents.put(
        exchange.getRequestURI().getPath(),
        String.valueOf(exchange.getRequestHeaders().getFirst("User-Agent")));
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String url(String scheme, String path) {
    return scheme + "://subs.example:" + server.getAddress().getPort() + path;
  }

  private static Subscription subscription(String tag, String url) {
    return new Subscription(tag, url, new Place("x.dae", 3, 5));
  }
}
