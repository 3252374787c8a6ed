package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandler;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.net.SocketAddress;

/** A stream that looks like another; both directions in one handler. Event loop. */
abstract class Disguised extends ByteToMessageDecoder implements ChannelOutboundHandler {

  /** Writes {@code plain}, which is this method's to release, as the stream must look. */
  abstract void disguise(ChannelHandlerContext context, ByteBuf plain, ChannelPromise promise);

  /** Ends a channel on which other things came than can be undone. */
  final IOException broken(ChannelHandlerContext context, String reason) {
    var _ = context.close();
    return new IOException(reason);
  }

  @Override
  public final void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    disguise(context, (ByteBuf) message, promise);
  }

  @Override
  public final void bind(
      ChannelHandlerContext context, SocketAddress local, ChannelPromise promise) {
    var _ = context.bind(local, promise);
  }

  @Override
  public final void connect(
      ChannelHandlerContext context,
      SocketAddress remote,
      SocketAddress local,
      ChannelPromise promise) {
    var _ = context.connect(remote, local, promise);
  }

  @Override
  public final void disconnect(ChannelHandlerContext context, ChannelPromise promise) {
    var _ = context.disconnect(promise);
  }

  @Override
  public final void close(ChannelHandlerContext context, ChannelPromise promise) {
    var _ = context.close(promise);
  }

  @Override
  public final void deregister(ChannelHandlerContext context, ChannelPromise promise) {
    var _ = context.deregister(promise);
  }

  @Override
  public final void read(ChannelHandlerContext context) {
    context.read();
  }

  @Override
  public final void flush(ChannelHandlerContext context) {
    context.flush();
  }
}
