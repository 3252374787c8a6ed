package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** Through a server of Shadowsocks. Any thread. */
final class ShadowsocksExit implements Exit {

  private final Hop hop;
  private final ShadowsocksMethod method;

  ShadowsocksExit(Hop hop, ShadowsocksMethod method) {
    this.hop = hop;
    this.method = method;
  }

  @Override
  public boolean takesNames() {
    return true;
  }

  @Override
  public CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers) {
    ByteBuf address = Unpooled.buffer(64);
    try {
      AddressForm.SOCKS.write(address, target);
    } catch (IOException e) {
      return hop.refused(target, String.valueOf(e.getMessage()));
    }
    byte[] bytes = ByteBufUtil.getBytes(address);
    return hop.tunnel(
        target,
        pipeline -> {
          ShadowsocksHandler handler = new ShadowsocksHandler(method.stream(bytes));
          pipeline.addLast(handler, handler.outbound());
        },
        handlers);
  }

  @Override
  public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
    return hop.datagrams(
        server -> new ShadowsocksDatagrams(server, target, method.datagrams()), handlers);
  }
}
