package dev.gander.proxy;

import dev.gander.proxy.Carrier.Stack;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/**
 * Through a server whose request goes out ahead of the first bytes, and which does not say whether
 * the target was reached: what ends without a word is blamed on the likely reasons. Any thread.
 */
abstract class AheadExit implements Exit {

  private final Hop hop;
  private final String doubt;

  /**
   * @param doubt why the server may have ended a connection without a byte
   */
  AheadExit(Hop hop, String doubt) {
    this.hop = hop;
    this.doubt = doubt;
  }

  /**
   * The protocol's handlers for one target.
   *
   * @throws IOException if the target cannot be written in it
   */
  abstract Stack protocol(InetSocketAddress target, boolean datagrams) throws IOException;

  @Override
  public final boolean takesNames() {
    return true;
  }

  @Override
  public final CompletableFuture<Channel> connect(
      InetSocketAddress target, ChannelHandler handlers) {
    return opened(target, false, handlers);
  }

  @Override
  public final CompletableFuture<Channel> datagrams(
      InetSocketAddress target, ChannelHandler handlers) {
    return opened(target, true, handlers);
  }

  private CompletableFuture<Channel> opened(
      InetSocketAddress target, boolean datagrams, ChannelHandler handlers) {
    Stack protocol;
    try {
      protocol = protocol(target, datagrams);
    } catch (IOException e) {
      return hop.refused(target, String.valueOf(e.getMessage()));
    }
    return hop.tunnel(
        target,
        pipeline -> {
          protocol.addTo(pipeline);
          pipeline.addLast(new Blame(hop, doubt));
        },
        handlers);
  }
}
