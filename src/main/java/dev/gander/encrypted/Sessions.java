package dev.gander.encrypted;

import dev.gander.clock.Clock;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.config.TlsSettings;
import dev.gander.proxy.Exit;
import dev.gander.tls.ClientTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Opens sessions to the servers of one upstream. Any thread. */
public interface Sessions {

  /**
   * Connects and shakes hands; blocks.
   *
   * @param deadlineNanos of the clock
   * @throws SessionException saying why not
   * @throws InterruptedException if the thread is interrupted
   */
  Session open(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException;

  /**
   * {@code action} is run when the server has offered a better transport, on a thread that it must
   * not block; at most once a minute.
   */
  default void whenBetter(Runnable action) {}

  /**
   * Connects by the better transport; blocks. If it does not work that is remembered, and {@link
   * #open} does without.
   *
   * @param deadlineNanos of the clock
   * @throws SessionException saying why not
   * @throws InterruptedException if the thread is interrupted
   */
  default Session openBetter(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    return open(server, deadlineNanos);
  }

  /**
   * The transport that the upstream's scheme and options name. Reads certificates, so it takes tens
   * of milliseconds.
   *
   * @param upstream TLS, QUIC, HTTPS or H3
   * @throws IOException if files that it names cannot be read
   */
  static Sessions of(Upstream upstream, Exit exit, Clock clock) throws IOException {
    try {
      ClientTls tls = new ClientTls(TlsSettings.of(upstream));
      return switch (upstream.scheme()) {
        case TLS -> new DotSessions(exit, tls, clock);
        case QUIC -> new DoqSessions(exit, tls, clock, isOn(upstream, "early_data"));
        case HTTPS, H3 -> http(upstream, exit, tls, clock);
        case UDP, TCP, TCP_UDP -> throw new IllegalArgumentException("not encrypted");
      };
    } catch (GeneralSecurityException e) {
      throw new IOException("no certificates to trust: " + e.getMessage(), e);
    }
  }

  private static Sessions http(Upstream upstream, Exit exit, ClientTls tls, Clock clock)
      throws IOException {
    HttpTarget target = HttpTarget.of(upstream);
    AlternativeService service = new AlternativeService(target.host(), clock);
    Sessions http2 = new Http2Sessions(exit, tls, clock, target, service);
    String version = upstream.option("http").orElse(upstream.scheme() == Scheme.H3 ? "3" : "");
    if (version.equals("2")) {
      return http2;
    }
    LiftedHttp.Maker http3 = () -> new Http3Sessions(exit, tls, clock, target);
    return version.equals("3")
        ? new Http3OrHttp2(http3.get(), http2, clock)
        : new LiftedHttp(http3, http2, service, clock);
  }

  private static boolean isOn(Upstream upstream, String option) {
    return upstream.option(option).equals(Optional.of("true"));
  }

  /** Waits for what an event loop makes; a {@link SessionException} inside comes out as it is. */
  static <T> T await(CompletableFuture<T> made, Clock clock, long deadlineNanos, String what)
      throws IOException, InterruptedException {
    try {
      if (!clock.await(made, deadlineNanos)) {
        made.cancel(false);
        throw SessionException.silent(what);
      }
      return made.get();
    } catch (InterruptedException e) {
      made.cancel(false);
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SessionException known) {
        throw known;
      }
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw SessionException.unreachable(String.valueOf(cause.getMessage()));
    }
  }
}
