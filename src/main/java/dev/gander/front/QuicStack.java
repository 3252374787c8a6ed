package dev.gander.front;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http3.DefaultHttp3SettingsFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * QUIC connections on one UDP socket, with DNS or HTTP/3 on their streams. Before the client's
 * address is proven at most three times as many bytes go there as came (RFC 9000 section 8.1).
 */
final class QuicStack {

  private static final AttributeKey<Guest> GUEST = AttributeKey.valueOf("dev.gander.guest");

  private static final int STREAMS = 100;

  /** One DNS message, and what HTTP wraps around it. */
  private static final int STREAM_WINDOW = 1 << 17;

  private static final int WINDOW = 1 << 20;
  private static final int DATAGRAM = 1350;
  private static final long HEADERS = 128 * 1024L;
  private static final int IDLE_SECONDS = 30;

  private final DoorParts parts;

  QuicStack(DoorParts parts) {
    this.parts = parts;
  }

  /** The handler of the UDP socket. */
  ChannelHandler codec() {
    QuicServerCodecBuilder builder =
        parts.http()
            ? Http3.newQuicServerCodecBuilder()
            : new QuicServerCodecBuilder().streamHandler(new Queries());
    return builder
        .sslEngineProvider(this::engine)
        .maxIdleTimeout(IDLE_SECONDS, TimeUnit.SECONDS)
        .maxSendUdpPayloadSize(DATAGRAM)
        .maxRecvUdpPayloadSize(DATAGRAM)
        .initialMaxData(WINDOW)
        .initialMaxStreamDataBidirectionalRemote(STREAM_WINDOW)
        .initialMaxStreamsBidirectional(STREAMS)
        .activeMigration(false)
        .tokenHandler(
            new RetryTokens(parts.guests()::crowdedByUnknown, parts.counters(), parts.clock()))
        .handler(new Connection())
        .build();
  }

  private QuicSslEngine engine(QuicChannel channel) {
    return parts.terms().get().tls().orElseThrow().overQuic().newEngine(channel.alloc());
  }

  private static Guest guest(Channel stream) {
    return stream.parent().attr(GUEST).get();
  }

  /** What each stream of DNS over QUIC begins with. */
  private final class Queries extends ChannelInitializer<Channel> {

    @Override
    protected void initChannel(Channel stream) {
      stream.pipeline().addLast(new DoqStream(guest(stream), parts.desk(), parts.counters()));
    }
  }

  /** What each connection begins with. */
  private final class Connection extends ChannelInitializer<QuicChannel> {

    @Override
    protected void initChannel(QuicChannel channel) {
      Guest guest = parts.guests().arrived(channel);
      if (guest != null) {
        channel.attr(GUEST).set(guest);
        channel.pipeline().addLast(new Arrival(guest));
        if (parts.http()) {
          channel.pipeline().addLast(http3(parts.terms().get().path()));
        }
        channel.pipeline().addLast(new Mishaps(parts.counters()));
      }
    }
  }

  private ChannelHandler http3(String path) {
    DefaultHttp3SettingsFrame settings = new DefaultHttp3SettingsFrame();
    settings.settings().maxFieldSectionSize(HEADERS);
    ChannelHandler requests =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel stream) {
            stream.pipeline().addLast(new Http3Request(new DohDesk(guest(stream), parts, path)));
          }
        };
    return new Http3ServerConnectionHandler(requests, null, null, settings, true);
  }

  /** A connection has an address once its handshake is done. */
  private final class Arrival extends ChannelInboundHandlerAdapter {

    private final Guest guest;

    Arrival(Guest guest) {
      this.guest = guest;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      QuicChannel channel = (QuicChannel) context.channel();
      if (channel.remoteSocketAddress() instanceof InetSocketAddress source
          && channel.localSocketAddress() instanceof InetSocketAddress asked
          && parts.guests().enter(guest, source, asked)) {
        context.fireChannelActive();
      }
    }
  }
}
