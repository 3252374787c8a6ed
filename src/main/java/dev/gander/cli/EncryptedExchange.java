package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.encrypted.Handshake;
import dev.gander.encrypted.Reply;
import dev.gander.encrypted.Session;
import dev.gander.encrypted.Sessions;
import dev.gander.tls.ClientTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/** Asks one question over TLS, HTTPS or QUIC. */
final class EncryptedExchange {

  /** The answer, and how the connection came about. */
  record Outcome(QueryExchange.Outcome answer, Handshake handshake) {}

  private final Clock clock;
  private final Duration patience;

  EncryptedExchange(Clock clock, Duration patience) {
    this.clock = clock;
    this.patience = patience;
  }

  /**
   * Connects, shakes hands, asks.
   *
   * @param sessions over a way that tells {@code stages} when the server is reached
   * @throws IOException if no answer came, saying why
   */
  Outcome ask(Sessions sessions, InetSocketAddress server, Stages stages, QueryExchange.Ask ask)
      throws IOException, InterruptedException {
    long deadline = clock.nanoTime() + patience.toNanos();
    try (Session session = sessions.open(server, deadline)) {
      stages.enter(Stages.ASK);
      long asked = clock.nanoTime();
      Reply reply = await(session, QueryExchange.encode(ask), deadline);
      long answered = clock.nanoTime();
      stages.end();
      Handshake handshake = session.handshake();
      return new Outcome(
          new QueryExchange.Outcome(reply.message(), handshake.transport(), answered - asked),
          handshake);
    }
  }

  private Reply await(Session session, byte[] query, long deadline)
      throws IOException, InterruptedException {
    var reply = session.ask(query);
    if (!clock.await(reply, deadline)) {
      throw new IOException("no answer in time (" + session.handshake().transport() + ")");
    }
    try {
      return reply.get();
    } catch (ExecutionException e) {
      throw new IOException(
          e.getCause() == null ? "no answer" : String.valueOf(e.getCause().getMessage()), e);
    }
  }

  /** How the connection came about, and the certificate, for people. */
  static List<String> lines(Handshake handshake) {
    List<String> lines = new ArrayList<>();
    lines.add(handshake.transport() + ", " + handshake.security());
    X509Certificate certificate = handshake.certificate();
    if (certificate != null) {
      lines.add("certificate: " + text(certificate));
      lines.add("pin=" + ClientTls.pin(certificate));
    }
    return lines;
  }

  /** The same for scripts. */
  static Map<String, Object> json(Handshake handshake) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("security", handshake.security());
    X509Certificate certificate = handshake.certificate();
    if (certificate != null) {
      object.put("certificate", text(certificate));
      object.put("pin", ClientTls.pin(certificate));
    }
    return object;
  }

  private static String text(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().getName()
        + ", issued by "
        + certificate.getIssuerX500Principal().getName()
        + ", valid "
        + day(certificate.getNotBefore())
        + " to "
        + day(certificate.getNotAfter());
  }

  private static String day(Date date) {
    return LocalDate.ofInstant(date.toInstant(), ZoneOffset.UTC).toString();
  }
}
