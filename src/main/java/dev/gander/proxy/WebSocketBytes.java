package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;

/** Bytes in WebSocket's messages; where one ends means nothing. Event loop. */
final class WebSocketBytes extends ChannelDuplexHandler {

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    WebSocketFrame frame = (WebSocketFrame) message;
    switch (frame) {
      case CloseWebSocketFrame _ -> {
        frame.release();
        var _ = context.close();
      }
      case PingWebSocketFrame _ -> {
        var _ = context.writeAndFlush(new PongWebSocketFrame(frame.content()));
      }
      case PongWebSocketFrame _ -> frame.release();
      default -> context.fireChannelRead(frame.content());
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    var _ = context.write(new BinaryWebSocketFrame((ByteBuf) message), promise);
  }

  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) {
    if (context.channel().isActive()) {
      // Not waited for: a way that is blocked must not keep the channel open.
      var _ = context.writeAndFlush(new CloseWebSocketFrame());
    }
    var _ = context.close(promise);
  }
}
