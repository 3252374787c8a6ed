package dev.gander.encrypted;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicStreamLimitChangedEvent;
import io.netty.handler.codec.quic.SslEarlyDataReadyEvent;
import java.net.PortUnreachableException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What becomes of one QUIC connection. Written on its event loop, read on any thread. */
final class QuicSignals {

  /** Completes when questions may leave, or with a {@link SessionException}. */
  final CompletableFuture<QuicChannel> usable = new CompletableFuture<>();

  /** Completes when the server has proven who it is. */
  final CompletableFuture<Void> shaken = new CompletableFuture<>();

  /** Completes when what left before that should have been answered. */
  final CompletableFuture<Void> overdue = new CompletableFuture<>();

  /** What the server said as it closed; empty until then. */
  volatile String text = "";

  /** Why the connection ended, where more is known than that it did. */
  volatile @Nullable SessionException failure;

  /** Runs on the event loop when the server allows more streams. */
  volatile Runnable moreStreams = () -> {};

  private final String server;
  private final long earlyStreams;
  private volatile boolean early;

  /**
   * @param earlyStreams how many questions may leave before the handshake is done; 0: none
   */
  QuicSignals(String server, long earlyStreams) {
    this.server = server;
    this.earlyStreams = earlyStreams;
  }

  String server() {
    return server;
  }

  /** How many questions may leave before the handshake is done. */
  long earlyStreams() {
    return earlyStreams;
  }

  /** Whether questions could leave before the handshake was done (0-RTT). */
  boolean early() {
    return early;
  }

  /** It is of no use, or of none any more: then what was asked on it is to be asked again. */
  void failed(SessionException why) {
    if (!usable.completeExceptionally(why) && failure == null) {
      failure = why.isFinal() ? why : SessionException.ended(String.valueOf(why.getMessage()));
    }
  }

  /** Below QUIC: a closed port says so by ICMP, and nobody need wait for the idle time to end. */
  ChannelHandler under() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof PortUnreachableException) {
          failed(
              SessionException.unreachable(
                  "cannot connect to " + server + ": Connection refused (UDP)"));
          var _ = context.close();
        }
      }
    };
  }

  /** On QUIC's channel, with the handler of what it carries. */
  ChannelHandler over(ChannelHandler carried) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(new Events(), carried);
      }
    };
  }

  private final class Events extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      switch (event) {
        case QuicConnectionCloseEvent close -> {
          closed(close);
          // Not when QUIC's draining ends (RFC 9000 section 10.2): that is three timeouts away, and
          // questions wait. What came with it is read before.
          context
              .executor()
              .execute(() -> {
                var _ = context.channel().close();
              });
        }
        case QuicStreamLimitChangedEvent _ -> moreStreams.run();
        case SslEarlyDataReadyEvent _ when earlyStreams > 0 -> {
          early = true;
          usable.complete((QuicChannel) context.channel());
        }
        default -> {}
      }
      context.fireUserEventTriggered(event);
    }
  }

  private void closed(QuicConnectionCloseEvent close) {
    if (!close.isApplicationClose()) {
      failure = CertificateAlert.in(close.error(), server);
    }
    String reason = reason(close);
    text =
        server
            + " closed the connection ("
            + (close.isApplicationClose() ? "" : "transport ")
            + "code "
            + close.error()
            + (reason.isEmpty() ? ")" : ", " + reason + ")");
  }

  private static String reason(QuicConnectionCloseEvent close) {
    try {
      return new String(close.reason(), StandardCharsets.UTF_8);
    } catch (NullPointerException e) {
      // Netty's getter copies the reason, and there need not be one.
      return "";
    }
  }
}
