package dev.gander.proxy;

import dev.gander.node.ProxyServer.Disguise;
import java.security.SecureRandom;

/**
 * What simple-obfs puts around a stream. It hides nothing from who looks closely, and protects
 * nothing. Any thread.
 */
final class ObfsCarrier {

  private ObfsCarrier() {}

  /**
   * @param port the server's
   */
  static Carrier of(Disguise disguise, int port, SecureRandom random) {
    return switch (disguise) {
      case Disguise.None() -> Carrier.TCP;
      case Disguise.HttpRequest(String host) ->
          () -> pipeline -> pipeline.addLast(new ObfsHttp(host, port, random));
      case Disguise.TlsSession(String host) ->
          () -> pipeline -> pipeline.addLast(new ObfsTls(host, random));
    };
  }
}
