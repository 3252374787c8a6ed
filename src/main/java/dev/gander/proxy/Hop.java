package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
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
  private final Clock clock;
  private final Duration patience;

  Hop(ProxyServer server, Exit below, Lookup lookup, Carrier carrier, Clock clock) {
    this(server, below, lookup, carrier, clock, PATIENCE);
  }

  /**
   * @param patience from the connection to the server until the tunnel stands
   */
  Hop(
      ProxyServer server,
      Exit below,
      Lookup lookup,
      Carrier carrier,
      Clock clock,
      Duration patience) {
    host = server.host();
    port = server.port();
    who = server.text();
    this.below = below;
    this.lookup = lookup;
    this.carrier = carrier;
    this.clock = clock;
    this.patience = patience;
  }

  /** Scheme, host and port; no secret. */
  @Override
  public String toString() {
    return who;
  }

  /**
   * Has {@code late} run on the channel's event loop when a connection has had the time it may take
   * to stand.
   */
  Clock.Alarm whenLate(Channel channel, Runnable late) {
    return clock.alarm(
        clock.nanoTime() + patience.toNanos(), () -> channel.eventLoop().execute(late));
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
    CompletableFuture<Channel> standing = new CompletableFuture<>();
    Gate gate = new Gate(who + " does not reach " + Endpoint.text(target), handlers, standing);
    CompletableFuture<Channel> reaching =
        reached(
            below::connect,
            server ->
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.attr(SERVER).set(server);
                    carried.addTo(channel.pipeline());
                    protocol.addTo(channel.pipeline());
                    channel.pipeline().addLast(gate);
                  }
                });
    joined(reaching, standing, target, failure -> failure);
    return standing;
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
    CompletableFuture<Channel> standing = new CompletableFuture<>();
    Gate gate = new Gate(who + " does not reach " + Endpoint.text(target), handlers, standing);
    ChannelHandler initializer =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            protocol.addTo(channel.pipeline());
            channel.pipeline().addLast(gate);
          }
        };
    joined(opener.apply(initializer), standing, target, failure -> told(target, failure));
    return standing;
  }

  /**
   * Datagrams to and from the server itself.
   *
   * @param protocol given the server's address, makes them datagrams of who uses the channel
   */
  CompletableFuture<Channel> datagrams(
      Function<InetSocketAddress, ChannelHandler> protocol, ChannelHandler handlers) {
    return reached(
        below::datagrams,
        server ->
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(protocol.apply(server), handlers);
              }
            });
  }

  /** What this server's protocol cannot do. */
  CompletableFuture<Channel> refused(InetSocketAddress target, String reason) {
    return CompletableFuture.failedFuture(
        new IOException(who + " does not reach " + Endpoint.text(target) + ": " + reason));
  }

  /** Ties the connection to the server and the tunnel on it, whichever of them ends first. */
  private void joined(
      CompletableFuture<Channel> reaching,
      CompletableFuture<Channel> standing,
      InetSocketAddress target,
      Function<Throwable, Throwable> told) {
    var _ =
        reaching.whenComplete((channel, failure) -> {
          if (failure != null) {
            standing.completeExceptionally(told.apply(failure));
          } else if (!standing.isDone()) {
            Clock.Alarm alarm =
                whenLate(channel, () -> standing.completeExceptionally(late(target)));
            var _ = standing.whenComplete((_, _) -> alarm.cancel());
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
            + Endpoint.text(target)
            + ": it said nothing for "
            + patience.toSeconds()
            + " s");
  }

  /** What kept a connection with the server from standing, whoever wanted it. */
  IOException unreachable(@Nullable Throwable failure) {
    @Nullable Throwable cause = cause(failure);
    String reason = cause == null ? "it closed the connection" : String.valueOf(cause.getMessage());
    return new UnreachableException(who + " cannot be reached: " + reason);
  }

  /** A failure of the connection that all share, for one of them. */
  IOException told(InetSocketAddress target, Throwable failure) {
    @Nullable Throwable cause = cause(failure);
    if (cause instanceof Refusal) {
      String reason = String.valueOf(cause.getMessage());
      return new IOException(who + " does not reach " + Endpoint.text(target) + ": " + reason);
    }
    return cause instanceof IOException told ? told : unreachable(cause);
  }

  private static @Nullable Throwable cause(@Nullable Throwable failure) {
    return failure instanceof CompletionException ? failure.getCause() : failure;
  }

  /** Why the server serves nobody here; the message is the reason alone. */
  static final class Refusal extends IOException {

    private static final long serialVersionUID = 1;

    Refusal(String reason) {
      super(reason);
    }
  }

  /** How the way below opens a channel. */
  private interface Opener {
    CompletableFuture<Channel> open(InetSocketAddress server, ChannelHandler handlers);
  }

  /**
   * A channel to whichever of the server's addresses takes it first.
   *
   * @param handlers given that address, makes those of the channel
   */
  private CompletableFuture<Channel> reached(
      Opener opener, Function<InetSocketAddress, ChannelHandler> handlers) {
    AtomicBoolean taken = new AtomicBoolean();
    return eachServer(
        server -> entered(opener, server, new Entrance(() -> handlers.apply(server), taken)));
  }

  /**
   * What stands first of attempts at the server's addresses.
   *
   * @param attempt makes a channel to one of them, and closes it if it is not wanted any more
   */
  CompletableFuture<Channel> eachServer(
      Function<InetSocketAddress, CompletableFuture<Channel>> attempt) {
    InetSocketAddress known = Targets.ofLiteral(host, port);
    if (!known.isUnresolved() || below.takesNames()) {
      return attempt.apply(known);
    }
    CompletableFuture<Channel> result = new CompletableFuture<>();
    CompletableFuture<List<InetAddress>> looking = lookup.addressesOf(host);
    var _ =
        looking.whenComplete((addresses, failure) -> {
          if (failure != null) {
            result.completeExceptionally(unreachable(failure));
          } else if (addresses.isEmpty()) {
            result.completeExceptionally(new UnreachableException(who + " has no address"));
          } else {
            race(addresses, attempt, result);
          }
        });
    var _ = result.whenComplete((_, _) -> looking.cancel(false));
    return result;
  }

  private void race(
      List<InetAddress> addresses,
      Function<InetSocketAddress, CompletableFuture<Channel>> attempt,
      CompletableFuture<Channel> result) {
    List<InetSocketAddress> servers =
        addresses.stream().map(it -> new InetSocketAddress(it, port)).toList();
    CompletableFuture<Channel> race =
        HappyEyeballs.race(
            servers,
            clock,
            attempt,
            channel -> {
              var _ = channel.close();
            });
    var _ =
        race.whenComplete((channel, failure) -> {
          if (failure != null) {
            result.completeExceptionally(failure);
          } else if (!result.complete(channel)) {
            var _ = channel.close();
          }
        });
    endsWith(race, result);
  }

  /** One address; fails, too, where the channel stands and another has been taken. */
  private CompletableFuture<Channel> entered(
      Opener opener, InetSocketAddress server, Entrance entrance) {
    CompletableFuture<Channel> opening = opener.open(server, entrance);
    var _ =
        opening.whenComplete((_, failure) -> {
          if (failure != null) {
            entrance.entered.completeExceptionally(unreachable(failure));
          }
        });
    endsWith(opening, entrance.entered);
    return entrance.entered;
  }

  /**
   * Lets those who use a channel in once it stands, for the reason that {@link Gate} has; of
   * several channels into one.
   */
  private final class Entrance extends ChannelInboundHandlerAdapter {

    private final CompletableFuture<Channel> entered = new CompletableFuture<>();
    private final Supplier<ChannelHandler> handlers;
    private final AtomicBoolean taken;

    Entrance(Supplier<ChannelHandler> handlers, AtomicBoolean taken) {
      this.handlers = handlers;
      this.taken = taken;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      if (entered.isDone() || taken.getAndSet(true)) {
        entered.completeExceptionally(unreachable(null));
        var _ = context.close();
        return;
      }
      context.pipeline().addAfter(context.name(), null, handlers.get());
      context.fireChannelActive();
      context.pipeline().remove(this);
      if (!entered.complete(context.channel())) {
        var _ = context.close();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      entered.completeExceptionally(unreachable(null));
    }
  }
}
