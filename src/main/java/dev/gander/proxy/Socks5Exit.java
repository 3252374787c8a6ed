package dev.gander.proxy;

import dev.gander.node.ProxyServer.Login;
import dev.gander.proxy.Socks5Opening.Command;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Through a SOCKS 5 server. Any thread. */
final class Socks5Exit implements Exit {

  private final Hop hop;
  private final Optional<Login> login;

  Socks5Exit(Hop hop, Optional<Login> login) {
    this.hop = hop;
    this.login = login;
  }

  @Override
  public boolean takesNames() {
    return true;
  }

  @Override
  public CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers) {
    return hop.tunnel(
        target,
        pipeline -> pipeline.addLast(new Socks5Opening(Command.CONNECT, target, login)),
        handlers);
  }

  @Override
  public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
    return hop.refused(target, "datagrams over socks5 are not spoken yet");
  }
}
