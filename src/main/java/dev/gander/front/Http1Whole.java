package dev.gander.front;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;

/** Puts requests of HTTP/1.1 together, and has those refused that become too long. */
final class Http1Whole extends HttpObjectAggregator {

  private final DohDesk desk;

  Http1Whole(DohDesk desk) {
    super(DohRequest.LONGEST, true);
    this.desk = desk;
  }

  /** The rest of the body is not read: no further request can follow it. */
  @Override
  protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage message) {
    Http1Requests.respond(context, desk, desk.tooLong(), false, true);
  }
}
