package dev.gander.proxy;

import dev.gander.node.Secret;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** Through a SOCKS 4 server. Any thread. */
final class Socks4Exit implements Exit {

  private final Hop hop;
  private final Secret user;
  private final boolean names;

  /**
   * @param names whether it is 4a, which takes names
   */
  Socks4Exit(Hop hop, Secret user, boolean names) {
    this.hop = hop;
    this.user = user;
    this.names = names;
  }

  @Override
  public boolean takesNames() {
    return names;
  }

  @Override
  public CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers) {
    if (target.getAddress() instanceof Inet6Address) {
      return hop.refused(target, "SOCKS 4 knows no IPv6");
    }
    if (target.isUnresolved() && !names) {
      return hop.refused(target, "SOCKS 4 takes no names: write socks4a://");
    }
    if (target.isUnresolved() && target.getHostString().indexOf('\0') >= 0) {
      return hop.refused(target, "this is no name of a host");
    }
    return hop.tunnel(
        target, pipeline -> pipeline.addLast(new Socks4Opening(target, user)), handlers);
  }

  @Override
  public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
    return hop.refused(target, "SOCKS 4 carries no datagrams");
  }

  @Override
  public boolean carriesDatagrams() {
    return false;
  }
}
