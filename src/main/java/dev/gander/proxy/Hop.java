package dev.gander.proxy;

import dev.gander.node.ProxyServer;
import dev.gander.proxy.Carrier.Stack;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way to one proxy server: its address, what leads there, what its protocol is carried in, and
 * how long it may take to open a tunnel. Any thread.
 */
final class Hop {

  /** The server's address of a channel; a name where it is looked up on the way. */
  static final AttributeKey<InetSocketAddress> SERVER = AttributeKey.valueOf(Hop.class, "server");

  /** As long as a direct connection may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final String who;
  private final String host;
  private final int port;
  private final Exit below;
  private final Lookup lookup;
  private final Carrier carrier;
  private final Duration patience;

  Hop(String scheme, ProxyServer server, Exit below, Lookup lookup, Carrier carrier) {
    this(scheme, server, below, lookup, carrier, PATIENCE);
  }

  /**
   * @param scheme what the server is called in messages
   * @param patience from the connection to the server until the tunnel stands
   */
  Hop(
      String scheme,
      ProxyServer server,
      Exit below,
      Lookup lookup,
      Carrier carrier,
      Duration patience) {
    host = server.host();
    port = server.port();
    who = scheme + "://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    this.below = below;
    this.lookup = lookup;
    this.carrier = carrier;
    this.patience = patience;
  }

  /** Scheme, host and port; no secret. */
  @Override
  public String toString() {
    return who;
  }

  /** How long a connection with the server may take to stand. */
  Duration patience() {
    return patience;
  }

  int port() {
    return port;
  }

  /** The way to the server itself. */
  Exit below() {
    return below;
  }

  /**
   * A channel to {@code target} through the server.
   *
   * @param protocol adds handlers that hold the channel's becoming active back until the tunnel
   *     stands, and fire an {@link IOException} with the server's reason if it will not
   * @param handlers of who uses the channel
   */
  CompletableFuture<Channel> tunnel(
      InetSocketAddress target, Stack protocol, ChannelHandler handlers) {
    Stack carried;
    try {
      carried = carrier.stack();
    } catch (IOException e) {
      return CompletableFuture.failedFuture(new IOException(who + ": " + e.getMessage(), e));
    }
    return eachServer(server ->
        stood(
            target,
            pipeline -> {
              pipeline.channel().attr(SERVER).set(server);
              carried.addTo(pipeline);
              protocol.addTo(pipeline);
            },
            handlers,
            stack -> below.connect(server, stack),
            this::unreachable));
  }

  /**
   * As {@link #tunnel}, where a connection with the server is there and has room for more.
   *
   * @param opener makes a channel of the connection's with these handlers
   */
  CompletableFuture<Channel> tunnelOn(
      InetSocketAddress target,
      Stack protocol,
      ChannelHandler handlers,
      Function<ChannelHandler, CompletableFuture<Channel>> opener) {
    return stood(target, protocol, handlers, opener, failure -> told(target, failure));
  }

  private CompletableFuture<Channel> stood(
      InetSocketAddress target,
      Stack stack,
      ChannelHandler handlers,
      Function<ChannelHandler, CompletableFuture<Channel>> opener,
      Function<Throwable, IOException> told) {
    CompletableFuture<Channel> standing = new CompletableFuture<>();
    Gate gate = new Gate(who + " does not reach " + Targets.text(target), handlers, standing);
    ChannelHandler initializer =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            stack.addTo(channel.pipeline());
            channel.pipeline().addLast(gate);
          }
        };
    joined(opener.apply(initializer), standing, target, told);
    return standing;
  }

  /**
   * Datagrams to and from the server itself.
   *
   * @param protocol given the server's address, makes them datagrams of who uses the channel
   */
  CompletableFuture<Channel> datagrams(
      Function<InetSocketAddress, ChannelHandler> protocol, ChannelHandler handlers) {
    return eachServer(server -> {
      CompletableFuture<Channel> opened = new CompletableFuture<>();
      CompletableFuture<Channel> opening =
          below.datagrams(server, new Entrance(server, protocol, handlers));
      var _ =
          opening.whenComplete((channel, failure) -> {
            if (failure != null) {
              opened.completeExceptionally(unreachable(failure));
            } else {
              opened.complete(channel);
            }
          });
      endsWith(opening, opened);
      return opened;
    });
  }

  /** What this server's protocol cannot do. */
  CompletableFuture<Channel> refused(InetSocketAddress target, String reason) {
    return CompletableFuture.failedFuture(
        new IOException(who + " does not reach " + Targets.text(target) + ": " + reason));
  }

  /** Ties the connection to the server and the tunnel on it, whichever of them ends first. */
  private void joined(
      CompletableFuture<Channel> reaching,
      CompletableFuture<Channel> standing,
      InetSocketAddress target,
      Function<Throwable, IOException> told) {
    var _ =
        reaching.whenComplete((channel, failure) -> {
          if (failure != null) {
            standing.completeExceptionally(told.apply(failure));
          } else if (!standing.isDone()) {
            ScheduledFuture<?> alarm =
                channel
                    .eventLoop()
                    .schedule(
                        () -> standing.completeExceptionally(late(target)),
                        patience.toNanos(),
                        TimeUnit.NANOSECONDS);
            var _ = standing.whenComplete((_, _) -> alarm.cancel(false));
          }
        });
    endsWith(reaching, standing);
  }

  /** What was opened for {@code made} is closed when that fails or is cancelled. */
  static void endsWith(CompletableFuture<Channel> opening, CompletableFuture<Channel> made) {
    var _ =
        made.whenComplete((_, failure) -> {
          if (failure != null && !opening.cancel(false) && !opening.isCompletedExceptionally()) {
            var _ = opening.join().close();
          }
        });
  }

  private IOException late(InetSocketAddress target) {
    return new IOException(
        who
            + " does not reach "
            + Targets.text(target)
            + ": it said nothing for "
            + patience.toSeconds()
            + " s");
  }

  /** What kept a connection with the server from standing, whoever wanted it. */
  IOException unreachable(Throwable failure) {
    return new UnreachableException(who + " cannot be reached: " + cause(failure).getMessage());
  }

  /** A failure of the connection that all share, for one of them. */
  IOException told(InetSocketAddress target, Throwable failure) {
    Throwable cause = cause(failure);
    if (cause instanceof Refusal) {
      String reason = String.valueOf(cause.getMessage());
      return new IOException(who + " does not reach " + Targets.text(target) + ": " + reason);
    }
    return cause instanceof IOException told ? told : unreachable(cause);
  }

  private static Throwable cause(Throwable failure) {
    @Nullable Throwable cause =
        failure instanceof CompletionException ? failure.getCause() : failure;
    return cause == null ? failure : cause;
  }

  /** Why the server serves nobody here; the message is the reason alone. */
  static final class Refusal extends IOException {

    private static final long serialVersionUID = 1;

    Refusal(String reason) {
      super(reason);
    }
  }

  /** No connection to the server at all, where another of its addresses may do. */
  private static final class UnreachableException extends IOException {

    private static final long serialVersionUID = 1;

    UnreachableException(String message) {
      super(message);
    }
  }

  /** Tries one address of the server after another, until one takes the connection. */
  CompletableFuture<Channel> eachServer(
      Function<InetSocketAddress, CompletableFuture<Channel>> attempt) {
    InetSocketAddress known = Targets.ofLiteral(host, port);
    if (known.isUnresolved() && !below.takesNames()) {
      return new Attempts(attempt).begun();
    }
    return attempt.apply(known);
  }

  /**
   * Lets who uses a channel of datagrams in once there is one, for the reason that {@link Gate}
   * has.
   */
  private static final class Entrance extends ChannelInboundHandlerAdapter {

    private final InetSocketAddress server;
    private final Function<InetSocketAddress, ChannelHandler> protocol;
    private final ChannelHandler handlers;

    Entrance(
        InetSocketAddress server,
        Function<InetSocketAddress, ChannelHandler> protocol,
        ChannelHandler handlers) {
      this.server = server;
      this.protocol = protocol;
      this.handlers = handlers;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      context
          .pipeline()
          .addAfter(context.name(), null, handlers)
          .addAfter(context.name(), null, protocol.apply(server));
      context.fireChannelActive();
      context.pipeline().remove(this);
    }
  }

  /** One connection, to whichever of a name's addresses takes it. */
  private final class Attempts {

    private final Function<InetSocketAddress, CompletableFuture<Channel>> attempt;
    private final CompletableFuture<Channel> result = new CompletableFuture<>();
    private final CompletableFuture<List<InetAddress>> looking = lookup.addressesOf(host);
    private volatile @Nullable CompletableFuture<Channel> current;

    Attempts(Function<InetSocketAddress, CompletableFuture<Channel>> attempt) {
      this.attempt = attempt;
    }

    CompletableFuture<Channel> begun() {
      var _ =
          result.whenComplete((_, failure) -> {
            CompletableFuture<Channel> running = current;
            if (failure != null) {
              looking.cancel(false);
            }
            if (failure != null && running != null) {
              running.cancel(false);
            }
          });
      var _ =
          looking.whenComplete((addresses, failure) -> {
            if (failure != null) {
              result.completeExceptionally(unreachable(failure));
            } else if (addresses.isEmpty()) {
              result.completeExceptionally(new IOException(who + " has no address"));
            } else {
              next(new ArrayList<>(addresses));
            }
          });
      return result;
    }

    private void next(List<InetAddress> left) {
      CompletableFuture<Channel> running =
          attempt.apply(new InetSocketAddress(left.removeFirst(), port));
      current = running;
      if (result.isDone()) {
        running.cancel(false);
      }
      var _ =
          running.whenComplete((channel, failure) -> {
            if (failure instanceof UnreachableException && !left.isEmpty() && !result.isDone()) {
              next(left);
            } else if (failure != null) {
              result.completeExceptionally(failure);
            } else if (!result.complete(channel)) {
              var _ = channel.close();
            }
          });
    }
  }
}
