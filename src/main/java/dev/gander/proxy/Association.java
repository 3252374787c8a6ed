package dev.gander.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A channel of datagrams that lives as long as the connection by which it was asked for, and that
 * connection as long as it. Any thread.
 */
final class Association {

  private final CompletableFuture<Channel> result = new CompletableFuture<>();

  private Association() {}

  /**
   * Opens the datagrams once the connection stands.
   *
   * @param datagrams given the connection
   */
  static CompletableFuture<Channel> of(
      CompletableFuture<Channel> control, Function<Channel, CompletableFuture<Channel>> datagrams) {
    Association association = new Association();
    var _ =
        control.whenComplete((connection, failure) -> {
          if (failure != null) {
            association.result.completeExceptionally(failure);
          } else {
            association.open(connection, datagrams.apply(connection));
          }
        });
    var _ = association.result.whenComplete((_, _) -> control.cancel(false));
    return association.result;
  }

  private void open(Channel connection, CompletableFuture<Channel> opening) {
    var _ =
        opening.whenComplete((datagrams, failure) -> {
          if (failure != null) {
            result.completeExceptionally(failure);
            return;
          }
          closeWith(connection, datagrams);
          closeWith(datagrams, connection);
          if (!result.complete(datagrams)) {
            var _ = datagrams.close();
          }
        });
    var _ =
        result.whenComplete((_, failure) -> {
          if (failure != null) {
            opening.cancel(false);
            var _ = connection.close();
          }
        });
  }

  private static void closeWith(Channel one, Channel other) {
    var _ =
        one.closeFuture()
            .addListener(_ -> {
              var _ = other.close();
            });
  }

  /** Nothing is said on the connection once it has done its work. */
  static final class Silence extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ = context.close();
    }
  }
}
