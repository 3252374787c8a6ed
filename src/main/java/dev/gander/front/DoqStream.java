package dev.gander.front;

import dev.gander.carried.Pieces;
import dev.gander.listen.Desk;
import dev.gander.message.EdnsOptions;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import java.util.Arrays;

/** One query and its reply, DNS over QUIC (RFC 9250): the client ends the stream behind it. */
final class DoqStream extends SimpleChannelInboundHandler<ByteBuf> {

  private static final int PROTOCOL_ERROR = 2;
  private static final int LONGEST = 65_537;

  private final Guest guest;
  private final Desk desk;
  private final Counters counters;
  private final Pieces pieces = new Pieces(LONGEST);
  private boolean asked;
  private boolean replied;

  DoqStream(Guest guest, Desk desk, Counters counters) {
    this.guest = guest;
    this.desk = desk;
    this.counters = counters;
  }

  /** Clients open no streams to which nobody can reply. */
  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (((QuicStreamChannel) context.channel()).type() == QuicStreamType.UNIDIRECTIONAL) {
      protocolError(context);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf piece) {
    if (asked || !pieces.add(piece)) {
      protocolError(context);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent
        || event instanceof ChannelInputShutdownReadComplete) {
      whole(context);
    }
    context.fireUserEventTriggered(event);
  }

  private void whole(ChannelHandlerContext context) {
    if (asked) {
      return;
    }
    asked = true;
    byte[] got = pieces.whole();
    boolean framed = got.length >= 2 && ((got[0] & 0xff) << 8 | (got[1] & 0xff)) == got.length - 2;
    byte[] message = framed ? Arrays.copyOfRange(got, 2, got.length) : got;
    // RFC 9250 section 4.3.3: streams tell queries apart, and idle time is QUIC's own business.
    boolean numbered = message.length >= 2 && (message[0] | message[1]) != 0;
    if (!framed || numbered || EdnsOptions.find(message, EdnsOptions.TCP_KEEPALIVE) != null) {
      protocolError(context);
      return;
    }
    guest.asked();
    desk.ask(message, guest.client(), Desk.NO_KEEPALIVE, reply -> reply(context, reply));
  }

  /** On any thread. */
  private void reply(ChannelHandlerContext context, byte[] reply) {
    guest.answered();
    if (reply.length == 0) {
      context.executor().execute(() -> protocolError(context));
      return;
    }
    context
        .executor()
        .execute(() -> {
          replied = true;
          // The end goes with the last byte: a client that wants no more than the message stops a
          // stream that has not ended (quic-go's CancelRead), and its reply with it.
          var _ =
              context
                  .writeAndFlush(new DefaultQuicStreamFrame(Unpooled.wrappedBuffer(reply), true))
                  .addListener(done -> sent(context, done.isSuccess()));
        });
  }

  /** A stream that the client has stopped never ends by itself, and no other takes its place. */
  private void sent(ChannelHandlerContext context, boolean success) {
    if (success) {
      guest.sent();
    } else {
      counters.add(Counter.REPLIES_NOT_SENT);
      var _ = context.close();
    }
  }

  private void protocolError(ChannelHandlerContext context) {
    counters.add(Counter.DOOR_CONNECTIONS_MALFORMED);
    QuicChannel connection = ((QuicStreamChannel) context.channel()).parent();
    var _ = connection.close(true, PROTOCOL_ERROR, Unpooled.EMPTY_BUFFER);
  }

  /** A query taken back costs us as much as one that is not. */
  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (asked && !replied && guest.annoys()) {
      counters.add(Counter.DOOR_FLOODS_CUT);
      var _ = guest.channel().close();
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    var _ = context.close();
  }
}
