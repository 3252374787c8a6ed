package dev.gander.proxy;

import dev.gander.config.Endpoint;
import dev.gander.node.ProxyServer;
import dev.gander.node.ProxyServer.Tls;
import dev.gander.node.ProxyServer.Transport;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/** What lies between TCP and a protocol that may be carried in several ways, as its link says. */
final class Carriers {

  private static final List<String> HTTP1 = List.of("http/1.1");
  private static final List<String> HTTP2 = List.of("h2");

  /** What a browser offers, and so do those who want to look like one. */
  private static final List<String> BROWSER = List.of("h2", "http/1.1");

  private final ProxyServer server;
  private final Optional<Tls> tls;
  private final ProxyTls maker;
  private final SecureRandom random;

  private Carriers(ProxyServer server, Optional<Tls> tls, ProxyTls maker, SecureRandom random) {
    this.server = server;
    this.tls = tls;
    this.maker = maker;
    this.random = random;
  }

  /** The whole of what carries the protocol of {@code server}. */
  static Carrier of(
      ProxyServer server,
      Transport transport,
      Optional<Tls> tls,
      ProxyTls maker,
      SecureRandom random) {
    return new Carriers(server, tls, maker, random).of(transport);
  }

  private Carrier of(Transport transport) {
    return switch (transport) {
      case Transport.Tcp _ -> secured(BROWSER);
      case Transport.WebSocket(String path, String host) -> {
        Carrier below = secured(HTTP1);
        yield () -> {
          Carrier.Stack stack = below.stack();
          return pipeline -> {
            byte[] nonce = new byte[16];
            random.nextBytes(nonce);
            stack.addTo(pipeline);
            pipeline.addLast(UpgradeOpening.toWebSocket(path, authority(host), nonce));
          };
        };
      }
      case Transport.HttpUpgrade(String path, String host) -> {
        Carrier below = secured(HTTP1);
        yield () -> {
          Carrier.Stack stack = below.stack();
          return pipeline -> {
            stack.addTo(pipeline);
            pipeline.addLast(UpgradeOpening.toBytes(path, authority(host)));
          };
        };
      }
      case Transport.Grpc(String service, String authority) -> {
        Carrier below = secured(HTTP2);
        String scheme = tls.isPresent() ? "https" : "http";
        yield () -> {
          Carrier.Stack stack = below.stack();
          return pipeline -> {
            stack.addTo(pipeline);
            GrpcStream.addTo(pipeline, scheme, authority(authority), service);
          };
        };
      }
    };
  }

  /** WebSocket needs HTTP/1.1 and gRPC HTTP/2, whatever a link says of ALPN. */
  private Carrier secured(List<String> alpn) {
    if (tls.isEmpty()) {
      return Carrier.TCP;
    }
    Tls said = tls.get();
    List<String> offered = alpn.equals(BROWSER) ? said.alpn() : alpn;
    return new TlsCarrier(
        maker,
        new Tls(said.serverName(), said.verify(), offered, said.imitated()),
        alpn,
        server.port());
  }

  private String authority(String said) {
    if (!said.isEmpty()) {
      return said;
    }
    return tls.isPresent()
        ? tls.get().serverName()
        : Endpoint.text(Targets.ofLiteral(server.host(), server.port()));
  }
}
