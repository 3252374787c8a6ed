package dev.gander.proxy;

import dev.gander.node.ProxyServer;
import dev.gander.tls.ClientTls;
import dev.gander.tls.UntrustedException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** TLS to a proxy server. One for a server, so that sessions resume. Any thread. */
final class TlsCarrier implements Carrier {

  /** Checking certificates takes milliseconds, in which the event loop has other work. */
  private static final Executor TASKS = task -> Thread.ofVirtual().name("gander-tls").start(task);

  private final ProxyTls maker;
  private final ProxyServer.Tls tls;
  private final List<String> alpn;
  private final int port;
  private @Nullable SslContext context;

  /**
   * @param alpn what the protocol is used to offer where the link does not say
   * @param port the server's
   */
  TlsCarrier(ProxyTls maker, ProxyServer.Tls tls, List<String> alpn, int port) {
    this.maker = maker;
    this.tls = tls;
    this.alpn = tls.alpn().isEmpty() ? alpn : tls.alpn();
    this.port = port;
  }

  @Override
  public Stack stack() throws IOException {
    SslContext made = context();
    return pipeline -> {
      SslHandler handler =
          made.newHandler(pipeline.channel().alloc(), tls.serverName(), port, TASKS);
      // Who connects has a time-out for all of it.
      handler.setHandshakeTimeoutMillis(0);
      maker
          .pieces()
          .ifPresent(it -> pipeline.addLast(new HelloPieces(it, ThreadLocalRandom.current())));
      pipeline.addLast(handler, new Shaken());
    };
  }

  private synchronized SslContext context() throws IOException {
    SslContext known = context;
    if (known == null) {
      ClientTls client = maker.client(tls);
      known = client.forTraffic(alpn);
      context = known;
    }
    return known;
  }

  /** Keeps this TLS to itself: those behind may speak a TLS of their own. */
  private static final class Shaken extends ChannelInboundHandlerAdapter {

    @Override
    public void channelActive(ChannelHandlerContext context) {
      // It is active once the handshake is done.
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof SslHandshakeCompletionEvent done) {
        if (done.isSuccess()) {
          context.fireChannelActive();
        } else {
          context.fireExceptionCaught(new IOException(reason(done.cause())));
        }
      } else if (!(event instanceof SslCompletionEvent)) {
        context.fireUserEventTriggered(event);
      }
    }

    private static String reason(Throwable failure) {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        if (cause instanceof UntrustedException) {
          return String.valueOf(cause.getMessage());
        }
      }
      return failure instanceof ClosedChannelException
          ? "it closed the connection in the TLS handshake"
          : "TLS failed: " + ClientTls.reason(failure);
    }
  }
}
