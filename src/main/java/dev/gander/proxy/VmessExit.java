package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.node.ProxyServer.Vmess;
import dev.gander.node.ProxyServer.VmessCipher;
import dev.gander.proxy.Carrier.Stack;
import dev.gander.proxy.VmessRequest.Command;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/** Through a VMess server, with AEAD headers (v2fly.org, VMess protocol). Any thread. */
final class VmessExit extends AheadExit {

  private static final String DOUBT =
      "the target did, or the id is wrong, or the clocks of the two differ by more than 120 s";

  private final byte[] userKey;
  private final VmessCipher cipher;
  private final boolean insideTls;
  private final Clock clock;
  private final SecureRandom random;

  VmessExit(Hop hop, Vmess server, Clock clock, SecureRandom random) {
    super(hop, DOUBT);
    userKey = VmessKeys.ofUser(V2rayAddress.user(server.id()));
    cipher = server.cipher();
    insideTls = server.tls().isPresent();
    this.clock = clock;
    this.random = random;
  }

  /** The session is of one connection: of several addresses of a server the first may fail. */
  @Override
  Stack protocol(InetSocketAddress target, boolean datagrams) throws IOException {
    byte[] address = V2rayAddress.of(target);
    Command command = datagrams ? Command.UDP : Command.TCP;
    return pipeline -> {
      VmessSession session = new VmessSession(cipher, random);
      VmessRequest request = new VmessRequest(session, command, address, random);
      pipeline.addLast(
          new RequestAhead(allocator ->
              request.sealed(
                  allocator, userKey, TimeUnit.MILLISECONDS.toSeconds(clock.epochMillis()))),
          new VmessOpener(session),
          new VmessSealer(session, random, insideTls));
      if (datagrams) {
        pipeline.addLast(new ChunkDatagrams(target));
      }
    };
  }
}
