package dev.gander.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Datagrams to and from one target on a QUIC connection that many share. Event loop. */
final class DatagramFlow extends InnerChannel {

  private final QuicLink link;
  private final Fragments fragments = new Fragments();
  private @Nullable InetSocketAddress sender;
  private int packets;

  DatagramFlow(QuicLink link, int number, InetSocketAddress target) {
    super(link.channel(), number, target, DatagramPacket.class);
    this.link = link;
  }

  /** Another for each datagram, 0 to 65535. */
  int nextPacket() {
    packets = packets + 1 & 0xFFFF;
    return packets;
  }

  @Override
  void send(ChannelOutboundBuffer waiting) {
    for (Object next = waiting.current(); next != null; next = waiting.current()) {
      try {
        link.send(this, ((DatagramPacket) next).content());
        boolean _ = waiting.remove();
      } catch (IOException e) {
        boolean _ = waiting.remove(e);
      }
    }
    link.flush();
  }

  /**
   * A datagram came, or a piece of one.
   *
   * @param from who sent it; null where another piece says so
   * @param piece taken over
   */
  void arrived(
      @Nullable InetSocketAddress from, int packetId, int index, int count, ByteBuf piece) {
    if (index == 0) {
      sender = from;
    }
    ByteBuf whole = fragments.add(packetId, index, count, piece);
    InetSocketAddress source = sender;
    if (whole == null) {
      return;
    }
    if (source != null && StreamDatagrams.isOf(target(), source) && isActive()) {
      pipeline().fireChannelRead(new DatagramPacket(whole, null, source));
      pipeline().fireChannelReadComplete();
    } else {
      ReferenceCountUtil.release(whole);
    }
  }

  @Override
  void ended() {
    fragments.clear();
    link.ended(this);
  }
}
