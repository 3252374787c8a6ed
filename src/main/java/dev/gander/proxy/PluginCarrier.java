package dev.gander.proxy;

import dev.gander.node.ProxyServer.Disguise;
import dev.gander.node.ProxyServer.Shadowsocks;
import java.security.SecureRandom;

/** What a plugin of Shadowsocks puts around a stream. Any thread. */
final class PluginCarrier {

  private PluginCarrier() {}

  static Carrier of(Shadowsocks server, ProxyTls tls, SecureRandom random) {
    int port = server.port();
    return switch (server.disguise()) {
      case Disguise.None() -> Carrier.TCP;
      case Disguise.HttpRequest(String host) ->
          () -> pipeline -> pipeline.addLast(new ObfsHttp(host, port, random));
      case Disguise.TlsSession(String host) ->
          () -> pipeline -> pipeline.addLast(new ObfsTls(host, random));
      case Disguise.WebSocket socket -> {
        Carrier carrier = Carriers.of(server, socket.transport(), socket.tls(), tls, random);
        yield socket.multiplexed() ? multiplexed(carrier) : carrier;
      }
    };
  }

  private static Carrier multiplexed(Carrier below) {
    return () -> {
      Carrier.Stack stack = below.stack();
      return pipeline -> {
        stack.addTo(pipeline);
        pipeline.addLast(new MuxCool());
      };
    };
  }
}
