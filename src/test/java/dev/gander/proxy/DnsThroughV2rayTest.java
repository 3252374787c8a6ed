package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketMark;
import dev.gander.observe.Counters;
import dev.gander.proxy.V2rayPeer.Kind;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** DNS over UDP, TCP, TLS and HTTPS to a real unbound, through Trojan, VMess and VLESS servers. */
@Timeout(120)
class DnsThroughV2rayTest {

  private static final Clock CLOCK = Clock.system();

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(names = {"TROJAN", "VMESS", "VMESS_WS_TLS", "VLESS_TLS"})
  void eachTransportOfDnsComesThrough(Kind kind) throws Exception {
    try (V2rayPeer peer = new V2rayPeer(kind, directory);
        Dialer dialer =
            new Dialer(
                SocketMark.none(),
                CLOCK,
                Thread.ofPlatform().daemon().factory(),
                new SecureRandom(),
                new Counters())) {
      Exit exit =
          ProxyExits.through(
              peer.server(),
              dialer.exit(),
              host -> CompletableFuture.failedFuture(new AssertionError("looked up " + host)),
              new ProxyTls(Optional.of(peer.directory.resolve("authority.pem"))),
              CLOCK,
              new SecureRandom());
      try (DnsBehind dns = new DnsBehind(peer.directory)) {
        dns.answersThrough(exit);
      }
    }
  }
}
