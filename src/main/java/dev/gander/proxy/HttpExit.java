package dev.gander.proxy;

import dev.gander.node.ProxyServer.Login;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Through an HTTP server that takes CONNECT. Any thread. */
final class HttpExit implements Exit {

  private final Hop hop;
  private final Optional<Login> login;

  HttpExit(Hop hop, Optional<Login> login) {
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
        target, pipeline -> pipeline.addLast(new HttpOpening(target, login)), handlers);
  }

  @Override
  public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
    return hop.refused(target, "HTTP proxies carry no datagrams");
  }

  @Override
  public boolean carriesDatagrams() {
    return false;
  }
}
