package dev.gander.front;

import dev.gander.config.Network;
import dev.gander.observe.Counter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** The handlers of a connection by TCP: a PROXY header, TLS, then DNS or HTTP. */
final class TcpStack extends ChannelInitializer<Channel> {

  /** The longest DNS message. */
  private static final int MESSAGE = 65_535;

  private static final int REQUEST_LINE = 128 * 1024; // a GET may carry any DNS message
  private static final int HEADERS = 8192;
  private static final int CHUNK = 8192;

  private final DoorParts parts;

  TcpStack(DoorParts parts) {
    this.parts = parts;
  }

  @Override
  protected void initChannel(Channel channel) {
    Guest guest = parts.guests().arrived(channel);
    if (guest == null) {
      return;
    }
    Terms now = parts.terms().get();
    InetSocketAddress source = (InetSocketAddress) channel.remoteAddress();
    if (now.proxies().isEmpty()) {
      build(guest, now, source, (InetSocketAddress) channel.localAddress());
    } else if (mayProxy(now.proxies().get(), source.getAddress())) {
      channel
          .pipeline()
          .addLast(
              new ProxyChecksum(),
              new HAProxyMessageDecoder(),
              new ProxyHeader(
                  parts.counters(), (same, client, asked) -> build(guest, now, client, asked)));
    } else {
      parts.counters().add(Counter.DOOR_PROXIES_REFUSED);
      var _ = channel.close();
    }
  }

  private static boolean mayProxy(List<Network> proxies, InetAddress source) {
    return proxies.stream().anyMatch(network -> network.contains(source));
  }

  private void build(Guest guest, Terms now, InetSocketAddress source, InetSocketAddress asked) {
    if (!parts.guests().enter(guest, source, asked)) {
      return;
    }
    Channel channel = guest.channel();
    ChannelPipeline pipeline = channel.pipeline().addFirst(new Farewell(guest));
    if (now.tls().isPresent()) {
      SslHandler tls = now.tls().get().overTcp().newHandler(channel.alloc());
      tls.setHandshakeTimeoutMillis(Guests.FIRST.toMillis());
      pipeline.addLast(tls);
    }
    if (parts.http()) {
      pipeline.addLast(new Negotiated(guest, now.path()));
    } else {
      pipeline.addLast(
          new LengthFieldBasedFrameDecoder(MESSAGE + 2, 0, 2, 0, 2),
          new HalfClose(),
          new FlowControlHandler(),
          new DnsStream(guest, parts.guests(), parts.desk(), parts.counters()));
    }
    pipeline.addLast(new Mishaps(parts.counters()));
  }

  /** HTTP/2 where the client knows it, else HTTP/1.1. */
  private final class Negotiated extends ApplicationProtocolNegotiationHandler {

    private final Guest guest;
    private final String path;

    Negotiated(Guest guest, String path) {
      super(ApplicationProtocolNames.HTTP_1_1);
      this.guest = guest;
      this.path = path;
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext context, String protocol) {
      DohDesk desk = new DohDesk(guest, parts, path);
      ChannelHandler[] handlers =
          protocol.equals(ApplicationProtocolNames.HTTP_2)
              ? new ChannelHandler[] {Http2Door.of(desk)}
              : http1(desk);
      String after = context.name();
      for (ChannelHandler handler : handlers) {
        String name = handler.getClass().getSimpleName();
        context.pipeline().addAfter(after, name, handler);
        after = name;
      }
    }

    /** {@link Mishaps} counts it, and Netty closes the connection behind the alert. */
    @Override
    protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {}

    /** In place of Netty's warning, which any client could fill the log with. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.fireExceptionCaught(cause);
    }

    private static ChannelHandler[] http1(DohDesk desk) {
      HttpDecoderConfig config =
          new HttpDecoderConfig()
              .setMaxInitialLineLength(REQUEST_LINE)
              .setMaxHeaderSize(HEADERS)
              .setMaxChunkSize(CHUNK);
      return new ChannelHandler[] {
        new HttpServerCodec(config),
        new Http1Whole(desk),
        new FlowControlHandler(),
        new Http1Requests(desk)
      };
    }
  }
}
