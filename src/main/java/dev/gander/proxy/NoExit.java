package dev.gander.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** A server whose protocol is not spoken: every request ends with an error that says so. */
record NoExit(Hop hop) implements Exit {

  @Override
  public CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers) {
    return hop.refused(target, "its protocol is not spoken yet");
  }

  @Override
  public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
    return connect(target, handlers);
  }

  @Override
  public boolean carriesDatagrams() {
    return false;
  }
}
