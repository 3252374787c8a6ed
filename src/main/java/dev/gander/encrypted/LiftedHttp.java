package dev.gander.encrypted;

import dev.gander.clock.Clock;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** HTTP/2, and HTTP/3 once the server has offered it (RFC 7838) and as long as it works. */
final class LiftedHttp implements Sessions {

  /** Reads certificates, and loads what is foreign: not before it is needed. */
  interface Maker {
    Http3Sessions get() throws IOException;
  }

  private final Maker maker;
  private final Sessions http2;
  private final AlternativeService service;
  private final Clock clock;
  private @Nullable Http3Sessions http3;

  LiftedHttp(Maker maker, Sessions http2, AlternativeService service, Clock clock) {
    this.maker = maker;
    this.http2 = http2;
    this.service = service;
    this.clock = clock;
  }

  @Override
  public Session open(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    int port = service.port();
    if (port == 0) {
      return http2.open(server, deadlineNanos);
    }
    long now = clock.nanoTime();
    try {
      return openHttp3(server, port, now + Math.max(0, deadlineNanos - now) / 2);
    } catch (IOException e) {
      // Whatever it is, HTTP/2 has worked: a certificate that is not for the host as well.
      return http2.open(server, deadlineNanos);
    }
  }

  @Override
  public void whenBetter(Runnable action) {
    service.whenOffered(action);
  }

  @Override
  public Session openBetter(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    int port = service.offeredPort();
    if (port == 0) {
      throw SessionException.unreachable(service.host() + " offers HTTP/3 no longer");
    }
    return openHttp3(server, port, deadlineNanos);
  }

  private Session openHttp3(InetSocketAddress server, int port, long deadlineNanos)
      throws IOException, InterruptedException {
    long until = clock.nanoTime() + Http3OrHttp2.PATIENCE.toNanos();
    try {
      Session session =
          http3()
              .openAlternative(
                  new InetSocketAddress(server.getAddress(), port),
                  service,
                  until - deadlineNanos < 0 ? until : deadlineNanos);
      service.held(session);
      return session;
    } catch (IOException e) {
      service.failed();
      throw e;
    }
  }

  private synchronized Http3Sessions http3() throws IOException {
    Http3Sessions known = http3;
    if (known == null) {
      known = maker.get();
      http3 = known;
    }
    return known;
  }
}
