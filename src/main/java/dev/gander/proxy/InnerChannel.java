package dev.gander.proxy;

import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.UnsupportedMessageTypeException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One of several channels inside of another, on whose event loop it lives. It is open from the
 * beginning, and active once it is registered there.
 */
abstract class InnerChannel extends AbstractChannel {

  private static final ChannelMetadata METADATA = new ChannelMetadata(false);

  private final ChannelConfig config = new DefaultChannelConfig(this);
  private final int number;
  private final InetSocketAddress target;
  private final Class<?> carried;
  private volatile boolean open = true;

  /**
   * @param number what both ends know it by
   * @param carried what its users write
   */
  InnerChannel(Channel outer, int number, InetSocketAddress target, Class<?> carried) {
    super(outer);
    this.number = number;
    this.target = target;
    this.carried = carried;
  }

  final int number() {
    return number;
  }

  final InetSocketAddress target() {
    return target;
  }

  @Override
  protected final Object filterOutboundMessage(Object message) {
    if (carried.isInstance(message)) {
      return message;
    }
    throw new UnsupportedMessageTypeException(message, carried);
  }

  /** Writes what waits, or as much of it as the outer channel takes now. */
  abstract void send(ChannelOutboundBuffer waiting);

  /** It was closed, by whomever. */
  abstract void ended();

  /** Who uses it can take more. */
  void wanted() {}

  /** Whatever stands behind is told what went wrong, and it ends. */
  final void fail(IOException why) {
    pipeline().fireExceptionCaught(why);
    var _ = close();
  }

  @Override
  protected final void doWrite(ChannelOutboundBuffer waiting) {
    send(waiting);
  }

  @Override
  protected final void doBeginRead() {
    wanted();
  }

  @Override
  protected final void doClose() {
    if (open) {
      open = false;
      ended();
    }
  }

  @Override
  protected final void doDisconnect() {
    doClose();
  }

  @Override
  protected final void doBind(SocketAddress address) {
    throw new UnsupportedOperationException("it has no address of its own");
  }

  @Override
  protected final boolean isCompatible(EventLoop loop) {
    return loop.equals(parent().eventLoop());
  }

  @Override
  protected final @Nullable SocketAddress localAddress0() {
    return parent().localAddress();
  }

  @Override
  protected final @Nullable SocketAddress remoteAddress0() {
    return parent().remoteAddress();
  }

  @Override
  public final ChannelConfig config() {
    return config;
  }

  @Override
  public final boolean isOpen() {
    return open;
  }

  @Override
  public final boolean isActive() {
    return open && isRegistered();
  }

  @Override
  public final ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  protected final AbstractUnsafe newUnsafe() {
    return new Inside();
  }

  /** The outer channel takes more: what waits is written. */
  final void again() {
    ((Inside) unsafe()).again();
  }

  private final class Inside extends AbstractUnsafe {

    @Override
    public void connect(
        SocketAddress remote, @Nullable SocketAddress local, ChannelPromise promise) {
      promise.setFailure(new UnsupportedOperationException("it is connected"));
    }

    void again() {
      flush0();
    }
  }
}
