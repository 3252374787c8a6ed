package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.node.ProxyServer.Vmess;
import dev.gander.node.ProxyServer.VmessCipher;
import dev.gander.proxy.Carrier.Stack;
import dev.gander.proxy.VmessRequest.Command;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Through a VMess server, with AEAD headers (v2fly.org, VMess protocol). Any thread. */
final class VmessExit implements Exit {

  private static final String DOUBT =
      "the target did, or the id is wrong, or the clocks of the two differ by more than 120 s";

  private final Hop hop;
  private final byte[] userKey;
  private final VmessCipher cipher;
  private final boolean insideTls;
  private final Clock clock;
  private final SecureRandom random;

  VmessExit(Hop hop, Vmess server, Clock clock, SecureRandom random) {
    this.hop = hop;
    userKey = VmessKeys.ofUser(V2rayAddress.user(server.id()));
    cipher = server.cipher();
    insideTls = server.tls().isPresent();
    this.clock = clock;
    this.random = random;
  }

  @Override
  public boolean takesNames() {
    return true;
  }

  @Override
  public CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers) {
    return opened(Command.TCP, target, _ -> {}, handlers);
  }

  @Override
  public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
    return opened(
        Command.UDP, target, pipeline -> pipeline.addLast(new ChunkDatagrams(target)), handlers);
  }

  private CompletableFuture<Channel> opened(
      Command command, InetSocketAddress target, Stack codec, ChannelHandler handlers) {
    byte[] address;
    try {
      address = V2rayAddress.of(target);
    } catch (IOException e) {
      return hop.refused(target, String.valueOf(e.getMessage()));
    }
    // Of one connection: where a server's name has several addresses, the first may have failed.
    Stack stack =
        pipeline -> {
          VmessSession session = new VmessSession(cipher, random);
          VmessRequest request = new VmessRequest(session, command, address, random);
          pipeline.addLast(
              new RequestAhead(allocator ->
                  request.sealed(
                      allocator, userKey, TimeUnit.MILLISECONDS.toSeconds(clock.epochMillis()))),
              new VmessOpener(session),
              new VmessSealer(session, random, insideTls));
          codec.addTo(pipeline);
          pipeline.addLast(new Blame(hop, DOUBT));
        };
    return hop.tunnel(target, stack, handlers);
  }
}
