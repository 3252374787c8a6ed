package dev.gander.cli;

import dev.gander.proxy.Exit;
import dev.gander.proxy.ProxyExits;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Tells {@link Stages} how far a connection has come through a chain of proxy servers: a stage for
 * each server that is connected to, and one from there to the target. Proxies that do not say when
 * they have reached the target are through at once. Any thread.
 */
final class WatchedWay implements ProxyExits.Layer {

  private final Stages stages;
  private final List<String> servers;
  private final String then;
  private int reached;

  /**
   * @param servers on the way, the nearest first
   * @param then the stage that begins when the target is reached
   */
  WatchedWay(Stages stages, List<String> servers, String then) {
    this.stages = stages;
    this.servers = servers;
    this.then = then;
  }

  @Override
  public Exit over(int hops, Exit way) {
    return new Watched(hops, way);
  }

  private synchronized void begins() {
    reached = -1;
    stages.enter(servers.isEmpty() ? "connect" : "connect to " + servers.getFirst());
  }

  /**
   * Of several attempts at the same server the first that stands counts; who hears of one that is
   * farther along before hears of both.
   */
  private synchronized void stands(int hops) {
    while (reached < hops) {
      reached++;
      stages.enter(after(reached));
    }
  }

  private String after(int hops) {
    if (hops == servers.size()) {
      return then;
    }
    return hops == servers.size() - 1
        ? "through " + servers.getLast()
        : "connect to " + servers.get(hops + 1);
  }

  private final class Watched implements Exit {

    private final int hops;
    private final Exit way;

    Watched(int hops, Exit way) {
      this.hops = hops;
      this.way = way;
    }

    @Override
    public CompletableFuture<Channel> connect(InetSocketAddress target, ChannelHandler handlers) {
      if (hops == servers.size()) {
        begins();
      }
      return watched(way.connect(target, handlers));
    }

    /** Straight there is nothing to connect. */
    @Override
    public CompletableFuture<Channel> datagrams(InetSocketAddress target, ChannelHandler handlers) {
      if (servers.isEmpty()) {
        stages.enter(then);
        return way.datagrams(target, handlers);
      }
      if (hops == servers.size()) {
        begins();
      }
      return watched(way.datagrams(target, handlers));
    }

    private CompletableFuture<Channel> watched(CompletableFuture<Channel> connecting) {
      var _ =
          connecting.whenComplete((_, failure) -> {
            if (failure == null) {
              stands(hops);
            }
          });
      return connecting;
    }

    @Override
    public boolean takesNames() {
      return way.takesNames();
    }

    @Override
    public boolean carriesDatagrams() {
      return way.carriesDatagrams();
    }
  }
}
