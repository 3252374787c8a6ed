package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;

/**
 * What is said with a proxy before the tunnel stands. Then it leaves the pipeline, and bytes that
 * came behind the proxy's last word go on to the next handler. Whatever it throws is the reason why
 * there is no tunnel. Event loop.
 */
abstract class Opening extends ByteToMessageDecoder {

  /** The first word. */
  abstract ByteBuf greeting(ChannelHandlerContext context) throws Exception;

  @Override
  public final void channelActive(ChannelHandlerContext context) throws Exception {
    var _ = context.writeAndFlush(greeting(context));
  }

  /** Called from {@code decode}, which must not touch its buffer any more. */
  final void stands(ChannelHandlerContext context) {
    context.fireChannelActive();
    context.pipeline().remove(this);
  }
}
