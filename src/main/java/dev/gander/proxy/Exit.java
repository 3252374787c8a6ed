package dev.gander.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/**
 * A way out to servers: straight from this machine, or through a proxy, or through one proxy behind
 * another. Whoever speaks with a server takes his channel here and never opens a socket himself, so
 * that each protocol runs over each way. Any thread.
 */
public interface Exit {

  /**
   * Bytes to and from {@code target}, in order.
   *
   * @param target may be a name nobody has resolved if this exit {@link #takesNames}
   * @param handlers added before anything of the target's can arrive; they see the channel active
   *     once what they write reaches the target, and no byte that is not the target's
   * @return completes with the channel once the target is reached, else with an {@link
   *     java.io.IOException} that names who refused; cancelling it closes the channel
   */
  CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers);

  /** Whether a target may be a name that nobody has resolved. */
  default boolean takesNames() {
    return false;
  }

  /**
   * Datagrams to and from {@code target}: {@link io.netty.channel.socket.DatagramPacket} in both
   * directions, of the target's address whatever carries them; else as {@link #connect}. An exit
   * that carries none says so in the exception.
   */
  CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers);

  /** Whether it carries datagrams at all. */
  default boolean carriesDatagrams() {
    return true;
  }
}
