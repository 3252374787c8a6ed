package dev.gander.proxy;

import dev.gander.proxy.ShadowsocksMethod.Datagrams;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Datagrams of Shadowsocks. */
final class ShadowsocksDatagrams extends DatagramWrapper {

  private final Datagrams datagrams;

  ShadowsocksDatagrams(InetSocketAddress server, InetSocketAddress target, Datagrams datagrams) {
    super(server, target);
    this.datagrams = datagrams;
  }

  @Override
  ByteBuf wrapped(ChannelHandlerContext context, ByteBuf payload, InetSocketAddress to)
      throws IOException {
    ByteBuf out = context.alloc().buffer(payload.readableBytes() + 512);
    ByteBuf plain = context.alloc().buffer(payload.readableBytes() + 260);
    try {
      AddressForm.SOCKS.write(plain, to);
      datagrams.seal(plain.writeBytes(payload), out);
      return out.retain();
    } finally {
      out.release();
      plain.release();
      payload.release();
    }
  }

  @Override
  @Nullable Unwrapped unwrapped(ChannelHandlerContext context, ByteBuf datagram)
      throws IOException {
    ByteBuf plain = context.alloc().buffer(datagram.readableBytes());
    try {
      if (!datagrams.open(datagram, plain)) {
        return null;
      }
      InetSocketAddress from = AddressForm.SOCKS.read(plain);
      return from == null ? null : new Unwrapped(plain.retain(), from);
    } finally {
      plain.release();
      datagram.release();
    }
  }
}
