package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.encrypted.Handshake;
import dev.gander.encrypted.Reply;
import dev.gander.encrypted.Session;
import dev.gander.encrypted.Sessions;
import dev.gander.observe.Counters;
import dev.gander.tls.ClientTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Asks one question over TLS, HTTPS or QUIC, and keeps what each stage took. */
final class EncryptedExchange {

  /** The answer, whom it came from, and lines for people about the way there. */
  record Outcome(QueryExchange.Outcome answer, InetSocketAddress server, List<String> way) {}

  private final Clock clock;
  private final Duration patience;

  EncryptedExchange(Clock clock, Duration patience) {
    this.clock = clock;
    this.patience = patience;
  }

  /** Whether this is a server for this class. */
  static boolean takes(String server) {
    return server.contains("://")
        && List.of("tls", "https", "h3", "http3", "quic")
            .contains(server.substring(0, server.indexOf("://")));
  }

  /**
   * Resolves, connects, shakes hands, asks.
   *
   * @param url as in the configuration, options and all; their files count from the working
   *     directory
   * @throws ConfigException if it is no such URL
   * @throws IOException if no answer came, saying why
   */
  Outcome ask(String url, QueryExchange.Ask ask) throws ConfigException, IOException {
    Upstream upstream = upstream(url);
    long deadline = clock.nanoTime() + patience.toNanos();
    Dialer dialer =
        new Dialer(
            SocketMark.none(),
            clock,
            Thread.ofPlatform().daemon().factory(),
            new SecureRandom(),
            new Counters());
    try (dialer) {
      long start = clock.nanoTime();
      InetAddress address = InetAddress.getAllByName(upstream.host())[0];
      long resolved = clock.nanoTime();
      InetSocketAddress server = new InetSocketAddress(address, upstream.port());
      Sessions sessions = Sessions.of(upstream, dialer.exit(), clock);
      try (Session session = sessions.open(server, deadline)) {
        long asked = clock.nanoTime();
        Reply reply = await(session, QueryExchange.encode(ask), deadline);
        long answered = clock.nanoTime();
        Handshake handshake = session.handshake();
        QueryExchange.Outcome answer =
            new QueryExchange.Outcome(reply.message(), handshake.transport(), answered - asked);
        return new Outcome(answer, server, way(handshake, resolved - start, answered - asked));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
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

  private static Upstream upstream(String url) throws ConfigException {
    String quote = url.indexOf('\'') < 0 ? "'" : "\"";
    String text = "global { } dns { upstream { server: " + quote + url + quote + " } } routing { }";
    return ConfigFile.parse(text, "@").settings().dns().upstreams().getFirst();
  }

  private static List<String> way(Handshake handshake, long resolveNanos, long askNanos) {
    List<String> lines = new ArrayList<>();
    lines.add(handshake.transport() + ", " + handshake.security());
    X509Certificate certificate = handshake.certificate();
    if (certificate != null) {
      lines.add(
          "certificate: "
              + certificate.getSubjectX500Principal().getName()
              + ", issued by "
              + certificate.getIssuerX500Principal().getName()
              + ", valid "
              + day(certificate.getNotBefore())
              + " to "
              + day(certificate.getNotAfter()));
      lines.add("pin=" + ClientTls.pin(certificate));
    }
    lines.add(
        "resolve "
            + MessageText.milliseconds(resolveNanos)
            + (handshake.connectNanos() == 0
                ? ""
                : ", connect " + MessageText.milliseconds(handshake.connectNanos()))
            + ", handshake "
            + MessageText.milliseconds(handshake.handshakeNanos())
            + ", ask "
            + MessageText.milliseconds(askNanos));
    return lines;
  }

  private static String day(Date date) {
    return LocalDate.ofInstant(date.toInstant(), ZoneOffset.UTC).toString();
  }
}
