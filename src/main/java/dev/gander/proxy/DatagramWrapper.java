package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.UnsupportedMessageTypeException;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Puts datagrams for a target into datagrams for a proxy, and takes the target's out of the
 * proxy's. What cannot be read is dropped, as datagrams may be, and so is what others than the
 * target send. Event loop.
 */
abstract class DatagramWrapper extends ChannelDuplexHandler {

  private final InetSocketAddress proxy;
  private final InetSocketAddress target;

  /**
   * @param proxy where wrapped datagrams go
   * @param target whose datagrams come through; anybody's if it is a name
   */
  DatagramWrapper(InetSocketAddress proxy, InetSocketAddress target) {
    this.proxy = proxy;
    this.target = target;
  }

  /**
   * What goes to the proxy.
   *
   * @param payload taken over, whether this succeeds or not
   */
  abstract ByteBuf wrapped(ChannelHandlerContext context, ByteBuf payload, InetSocketAddress to)
      throws Exception;

  /**
   * What came from the proxy.
   *
   * @param datagram taken over, whether this succeeds or not
   * @return null if it is none
   */
  abstract @Nullable Unwrapped unwrapped(ChannelHandlerContext context, ByteBuf datagram)
      throws Exception;

  /** A payload and who sent it. */
  record Unwrapped(ByteBuf payload, InetSocketAddress from) {}

  @Override
  public final void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (!(message instanceof DatagramPacket packet)) {
      ReferenceCountUtil.release(message);
      promise.setFailure(new UnsupportedMessageTypeException(message, DatagramPacket.class));
      return;
    }
    try {
      ByteBuf wrapped = wrapped(context, packet.content(), packet.recipient());
      var _ = context.write(new DatagramPacket(wrapped, proxy), promise);
    } catch (Exception e) {
      promise.setFailure(e);
    }
  }

  @Override
  public final void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof DatagramPacket packet)) {
      ReferenceCountUtil.release(message);
      return;
    }
    Unwrapped unwrapped;
    try {
      unwrapped = unwrapped(context, packet.content());
    } catch (Exception e) {
      // It is dropped: a datagram is no reason to end the channel.
      return;
    }
    if (unwrapped == null) {
      return;
    }
    if (!target.isUnresolved() && !target.equals(unwrapped.from())) {
      unwrapped.payload().release();
      return;
    }
    // A slice begins at 0, where Netty's QUIC looks for a header whatever has been read before.
    context.fireChannelRead(
        new DatagramPacket(unwrapped.payload().slice(), packet.recipient(), unwrapped.from()));
  }
}
