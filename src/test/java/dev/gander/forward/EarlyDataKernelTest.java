package dev.gander.forward;

import static dev.gander.forward.EncryptedClient.CLOCK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.encrypted.Reply;
import dev.gander.encrypted.Session;
import dev.gander.encrypted.SessionException;
import dev.gander.encrypted.SessionException.Remedy;
import dev.gander.encrypted.Sessions;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Questions in 0-RTT over QUIC (RFC 9250 section 4.5), as a server on aioquic sees them. A relay
 * keeps the server's side of the handshake back, so that none can be over before the question left.
 */
@Tag("kernel")
class EarlyDataKernelTest {

  @TempDir Path directory;

  private EncryptedClient client;
  private QuicPeer server;
  private HeldRelay relay;

  @BeforeEach
  void start() throws Exception {
    client = new EncryptedClient(directory);
    server = QuicPeer.aioquic(directory, client.certificates.good, 0, 0);
    relay = new HeldRelay(server.doq());
  }

  @AfterEach
  void stop() {
    client.close();
    relay.close();
    server.close();
  }

  @Test
  void aQuestionToAServerThatIsKnownComesInZeroRtt() throws Exception {
    Sessions sessions = knowing("early_data=true");
    relay.hold();
    try (Session session = open(sessions, 30)) {
      assertThat(session.handshake().transport()).isEqualTo("quic, 0-RTT");
      CompletableFuture<Reply> reply = session.ask(question("a.test", 0));
      assertThat(server.until("early 0")).doesNotContain("connection doq resumed");
      relay.release();
      assertAnswered(reply);
      assertAnswered(session.ask(question("b.test", 0)));
      server.until("late 4");
    }
  }

  @Test
  void withoutTheOptionQuestionsWaitForTheHandshake() throws Exception {
    Sessions sessions = knowing("early_data=false");
    relay.hold();
    CompletableFuture<Reply> reply =
        CompletableFuture.supplyAsync(() -> openAndAsk(sessions), threads());
    relay.untilHolding();
    relay.release();
    assertAnswered(reply);
    assertThat(server.until("late 0"))
        .contains("connection doq resumed")
        .noneMatch(line -> line.startsWith("early"));
  }

  @Test
  void whatDoesMoreThanAskWaitsForTheHandshake() throws Exception {
    Sessions sessions = knowing("early_data=true");
    relay.hold();
    try (Session session = open(sessions, 30)) {
      int notify = 4;
      CompletableFuture<Reply> early = session.ask(question("a.test", 0));
      CompletableFuture<Reply> late = session.ask(question("b.test", notify));
      server.until("early 0");
      relay.release();
      assertAnswered(early);
      assertAnswered(late);
      assertThat(server.until("late 4")).contains("connection doq resumed");
    }
  }

  @Test
  void aServerThatHasLostItsTicketsIsAskedAgainOnTheSameConnection() throws Exception {
    Sessions sessions = knowing("early_data=true");
    restart(client.certificates.good);
    // Else a slow client hears of the refusal before it asks.
    relay.hold();
    try (Session session = open(sessions, 30)) {
      assertThat(session.handshake().transport()).isEqualTo("quic, 0-RTT");
      CompletableFuture<Reply> reply = session.ask(question("a.test", 0));
      relay.untilHolding();
      relay.release();
      assertAnswered(reply);
      // On its own stream, if that is sent anew before the refusal is told of; else on the next.
      assertThat(server.until("late 0", "late 4"))
          .contains("connection doq new")
          .noneMatch(line -> line.startsWith("early"));
    }
  }

  @Test
  void noAnswerOfAServerThatIsNotTrustedIsTaken() throws Exception {
    Sessions sessions = knowing("early_data=true");
    restart(client.certificates.selfSigned);
    // Else a slow client hears of the certificate before it asks.
    relay.hold();
    try (Session session = open(sessions, 30)) {
      assertThat(session.handshake().transport()).isEqualTo("quic, 0-RTT");
      CompletableFuture<Reply> reply = session.ask(question("a.test", 0));
      relay.untilHolding();
      relay.release();
      SessionException failure = failure(reply);
      assertThat(failure).hasMessageContainingAll("the certificate of dns.test, ", " is refused");
      assertThat(failure.remedy()).isEqualTo(Remedy.NEW_CERTIFICATE);
      assertThat(session.answered()).isZero();
    }
  }

  @Test
  void whereTheHandshakeFailsQuestionsMayBeAskedAgainOnAConnectionThatWaitsForIt()
      throws Exception {
    Sessions sessions = knowing("early_data=true");
    relay.hold();
    try (Session session = open(sessions, 2)) {
      CompletableFuture<Reply> reply = session.ask(question("a.test", 0));
      server.until("early 0");
      SessionException failure = failure(reply);
      assertThat(failure).hasMessageContaining("did not finish the QUIC handshake in time");
      assertThat(failure.remedy()).isEqualTo(Remedy.ASK_AGAIN);
      assertThat(session.open()).isFalse();
    }
    relay.lose();
    try (Session session = open(sessions, 30)) {
      assertThat(session.handshake().transport()).isEqualTo("quic, 0-RTT allowed");
      assertAnswered(session.ask(question("a.test", 0)));
    }
    relay.hold();
    try (Session session = open(sessions, 30)) {
      assertThat(session.handshake().transport()).isEqualTo("quic, 0-RTT");
    }
  }

  @Test
  void anUpstreamWhoseServerIsGoneWhenItIsAskedEarlyIsAnsweredByTheNext() throws Exception {
    ConfiguredUpstreams upstreams = client.upstreams(url("early_data=true"));
    assertThat(EncryptedClient.ask(upstreams, "a.test").answerCount()).isEqualTo(1);
    for (int i = 0; i < 3; i++) {
      restart(client.certificates.good);
      assertThat(EncryptedClient.ask(upstreams, "b" + i + ".test").answerCount()).isEqualTo(1);
    }
  }

  /** Makes a session and ends it, so that the server is known. */
  private Sessions knowing(String option) throws Exception {
    Sessions sessions =
        Sessions.of(
            client.settings(url(option)).upstreams().getFirst(), client.dialer.exit(), CLOCK);
    Session first = open(sessions, 30);
    assertAnswered(first.ask(question("first.test", 0)));
    first.close();
    first.closed().get(30, TimeUnit.SECONDS);
    assertThat(server.until("late 0")).contains("connection doq new");
    return sessions;
  }

  private String url(String option) {
    return "quic://127.0.0.1:" + relay.port() + "?sni=dns.test&ca=authority.pem&" + option;
  }

  private Session open(Sessions sessions, int seconds) throws IOException, InterruptedException {
    return sessions.open(
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), relay.port()),
        CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
  }

  private Reply openAndAsk(Sessions sessions) {
    try {
      return open(sessions, 30).ask(question("a.test", 0)).get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Executor threads() {
    return task -> Thread.ofVirtual().start(task);
  }

  /** The same port, but nothing that was known before. */
  private void restart(X509Bundle certificate) throws IOException {
    int port = server.doq();
    server.close();
    server = QuicPeer.aioquic(directory, certificate, port, 0);
  }

  private static byte[] question(String name, int opcode) {
    byte[] message = EncryptedClient.query(name).toUpstream();
    message[2] |= (byte) (opcode << 3);
    return message;
  }

  private static void assertAnswered(CompletableFuture<Reply> reply) throws Exception {
    byte[] message = reply.get(30, TimeUnit.SECONDS).message();
    assertThat(message[7]).as("answers").isEqualTo((byte) 1);
  }

  private static SessionException failure(CompletableFuture<Reply> reply) throws Exception {
    try {
      reply.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SessionException failure) {
        return failure;
      }
      throw e;
    }
    throw new AssertionError("it was answered");
  }
}
