package dev.gander.proxy;

import dev.gander.proxy.Carrier.Stack;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** Through a server with which one QUIC connection is shared by all. Any thread. */
final class QuicExit implements Exit {

  /** What begins a stream to a target. */
  @FunctionalInterface
  interface Streams {
    /**
     * The handlers at its beginning.
     *
     * @throws IOException if the target cannot be written in the protocol
     */
    Stack to(InetSocketAddress target) throws IOException;
  }

  private final Hop hop;
  private final QuicTrunk trunk;
  private final Streams streams;

  QuicExit(Hop hop, QuicTrunk trunk, Streams streams) {
    this.hop = hop;
    this.trunk = trunk;
    this.streams = streams;
  }

  @Override
  public boolean takesNames() {
    return true;
  }

  @Override
  public CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers) {
    Stack stack;
    try {
      stack = streams.to(target);
    } catch (IOException e) {
      return hop.refused(target, String.valueOf(e.getMessage()));
    }
    return hop.tunnelOn(
        target, stack, handlers, made -> opened((link, opened) -> link.stream(made, opened)));
  }

  @Override
  public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
    CompletableFuture<Channel> opening =
        opened((link, opened) -> link.datagrams(target, handlers, opened));
    CompletableFuture<Channel> result = new CompletableFuture<>();
    var _ =
        opening.whenComplete((channel, failure) -> {
          if (failure != null) {
            result.completeExceptionally(hop.told(target, failure));
          } else {
            result.complete(channel);
          }
        });
    Hop.endsWith(opening, result);
    return result;
  }

  private CompletableFuture<Channel> opened(
      BiConsumer<QuicLink, CompletableFuture<Channel>> opener) {
    CompletableFuture<Channel> opened = new CompletableFuture<>();
    trunk.take((link, failure) -> {
      if (link == null) {
        opened.completeExceptionally(failure);
      } else if (!opened.isDone()) {
        opener.accept(link, opened);
      }
    });
    return opened;
  }
}
