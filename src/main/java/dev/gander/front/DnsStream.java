package dev.gander.front;

import dev.gander.listen.Desk;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;

/**
 * Messages one after another, RFC 7766 and 7858: replies in whatever order they are ready; at the
 * bound of queries under way, or while the client does not read, nothing more is read.
 */
final class DnsStream extends SimpleChannelInboundHandler<ByteBuf> {

  private final Guest guest;
  private final Guests guests;
  private final Desk desk;
  private final Counters counters;

  /** Replies that have not left: what is under way, and what waits to be written. */
  private int owed;

  private boolean ending;

  DnsStream(Guest guest, Guests guests, Desk desk, Counters counters) {
    this.guest = guest;
    this.guests = guests;
    this.desk = desk;
    this.counters = counters;
  }

  /** The client has closed its half: what it asked before is still answered. */
  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (message instanceof HalfClose.End) {
      ending = true;
      endIfDone(context);
    } else {
      super.channelRead(context, message);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
    guest.asked();
    owed++;
    throttle(context.channel());
    desk.ask(
        ByteBufUtil.getBytes(message),
        guest.client(),
        guests.idleTenths(),
        reply -> reply(context, reply));
  }

  /** On the event loop for what was answered at once, which leaves with the batch; else not. */
  private void reply(ChannelHandlerContext context, byte[] reply) {
    guest.answered();
    if (reply.length == 0) {
      counters.add(Counter.DOOR_CONNECTIONS_MALFORMED);
      var _ = context.close();
      return;
    }
    ByteBuf framed = Unpooled.wrappedBuffer(reply);
    boolean batched = context.executor().inEventLoop();
    var _ =
        (batched ? context.write(framed) : context.writeAndFlush(framed))
            .addListener(done -> sent(context, done.isSuccess()));
  }

  /** On the event loop. */
  private void sent(ChannelHandlerContext context, boolean success) {
    owed--;
    if (success) {
      guest.sent();
    } else {
      counters.add(Counter.REPLIES_NOT_SENT);
    }
    throttle(context.channel());
    endIfDone(context);
  }

  private void throttle(Channel channel) {
    var _ =
        channel.config().setAutoRead(channel.isWritable() && guest.underWay() < guests.inFlight());
  }

  private void endIfDone(ChannelHandlerContext context) {
    if (ending && owed == 0) {
      var _ = context.close();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.flush();
    context.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    throttle(context.channel());
    context.fireChannelWritabilityChanged();
  }
}
