package dev.gander.encrypted;

import dev.gander.clock.Clock;
import dev.gander.proxy.Exit;
import dev.gander.tls.ClientTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.IOException;
import java.net.InetSocketAddress;

/** DNS over HTTPS, RFC 8484, by HTTP/2: a stream for each question on one connection. */
final class Http2Sessions implements Sessions {

  /** More than the longest answer: no answer waits for a window. */
  private static final int WINDOW = 1 << 17;

  private static final int LONGEST_HEADERS = 16_384;

  private final TlsPath path;
  private final HttpTarget target;
  private final AlternativeService service;

  /**
   * @param service told what answers say of it
   */
  Http2Sessions(
      Exit exit, ClientTls tls, Clock clock, HttpTarget target, AlternativeService service)
      throws IOException {
    this.service = service;
    path = new TlsPath(exit, tls, clock, "https (HTTP/2)", "h2", true);
    this.target = target;
  }

  @Override
  public Session open(InetSocketAddress server, long deadlineNanos)
      throws IOException, InterruptedException {
    Http2Frames frames = new Http2Frames(target.authority());
    Http2ConnectionHandler handler =
        new Http2ConnectionHandlerBuilder()
            .server(false)
            .frameListener(frames)
            // Who ends a connection has nobody wait on it, or those who wait are to ask elsewhere.
            .gracefulShutdownTimeoutMillis(0)
            .initialSettings(
                Http2Settings.defaultSettings()
                    .pushEnabled(false)
                    .initialWindowSize(WINDOW)
                    .maxHeaderListSize(LONGEST_HEADERS))
            .build();
    handler.connection().addListener(frames);
    ChannelInitializer<Channel> over =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(handler, new Failures(frames));
          }
        };
    TlsPath.Secured secured = path.connect(server, over, deadlineNanos);
    Http2Session made = new Http2Session(secured, handler, target, service);
    secured.channel().eventLoop().execute(() -> frames.forSession(made));
    made.watch();
    return made;
  }

  /** What goes wrong below HTTP/2. */
  private static final class Failures extends ChannelInboundHandlerAdapter {

    private final Http2Frames frames;

    Failures(Http2Frames frames) {
      this.frames = frames;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      frames.failed(cause);
      var _ = context.close();
    }
  }
}
