package dev.gander.proxy;

import dev.gander.node.ProxyServer.Login;
import dev.gander.proxy.Socks5Opening.Command;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Through a SOCKS 5 server. Any thread. */
final class Socks5Exit implements Exit {

  /** This side of the association, which is not known before it stands (section 6 of RFC 1928). */
  private static final InetSocketAddress ANY = new InetSocketAddress(0);

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
    CompletableFuture<Channel> control =
        hop.tunnel(
            target,
            pipeline -> pipeline.addLast(new Socks5Opening(Command.UDP_ASSOCIATE, ANY, login)),
            new Association.Silence());
    return Association.of(control, connection -> relayed(connection, target, handlers));
  }

  private CompletableFuture<Channel> relayed(
      Channel control, InetSocketAddress target, ChannelHandler handlers) {
    InetSocketAddress relay = relay(control);
    if (relay.isUnresolved() && !hop.below().takesNames()) {
      return hop.refused(target, "it names its relay by a name");
    }
    return hop.below()
        .datagrams(
            relay,
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new Socks5Datagrams(relay, target), handlers);
              }
            });
  }

  @Override
  public boolean carriesDatagrams() {
    return hop.below().carriesDatagrams();
  }

  /** No address at all means the proxy's own. */
  private static InetSocketAddress relay(Channel control) {
    InetSocketAddress bound = control.attr(Socks5Opening.BOUND).get();
    if (bound.isUnresolved() || !bound.getAddress().isAnyLocalAddress()) {
      return bound;
    }
    InetSocketAddress server = control.attr(Hop.SERVER).get();
    return server.isUnresolved()
        ? InetSocketAddress.createUnresolved(server.getHostString(), bound.getPort())
        : new InetSocketAddress(server.getAddress(), bound.getPort());
  }
}
