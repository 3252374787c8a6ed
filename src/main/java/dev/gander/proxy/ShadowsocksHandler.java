package dev.gander.proxy;

import dev.gander.proxy.ShadowsocksMethod.Stream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.util.List;

/**
 * A stream of Shadowsocks on a channel. The server says nothing by itself: the tunnel stands as
 * soon as the channel does, and a password that is wrong shows in that nothing ever comes back.
 * Event loop.
 */
final class ShadowsocksHandler extends ByteToMessageDecoder {

  /** More is sealed in several buffers, so that none is out of proportion. */
  private static final int LARGEST = 1 << 18;

  private final Stream stream;
  private boolean begun;
  private boolean broken;

  ShadowsocksHandler(Stream stream) {
    this.stream = stream;
    setCumulator(COMPOSITE_CUMULATOR);
  }

  /** The other direction. */
  ChannelOutboundHandlerAdapter outbound() {
    return new Outbound();
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    context.fireChannelActive();
    // Those behind may wait for the target to speak first; usually their first word has gone.
    if (!begun) {
      var _ = context.writeAndFlush(sealed(Unpooled.EMPTY_BUFFER));
    }
  }

  private ByteBuf sealed(ByteBuf plain) {
    try {
      begun = true;
      // Salt, headers and padding, and a tag now and then.
      int around = 2_048 + plain.readableBytes() / 256;
      ByteBuf out = ArrayBuffers.take(plain.readableBytes() + around);
      stream.seal(plain, out);
      return out;
    } finally {
      plain.release();
    }
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws IOException {
    if (broken) {
      in.skipBytes(in.readableBytes());
      return;
    }
    try {
      ByteBuf plain = stream.open(in);
      if (plain == null) {
        return;
      }
      if (plain.isReadable()) {
        out.add(plain);
      } else {
        plain.release();
      }
    } catch (IOException e) {
      broken = true;
      var _ = context.close();
      throw e;
    }
  }

  private final class Outbound extends ChannelOutboundHandlerAdapter {

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      ByteBuf plain = (ByteBuf) message;
      while (plain.readableBytes() > LARGEST) {
        var _ = context.write(sealed(plain.readRetainedSlice(LARGEST)));
      }
      var _ = context.write(sealed(plain), promise);
    }
  }
}
