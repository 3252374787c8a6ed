package dev.gander.front;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The event-loop threads of all front doors: there while one of them is open. Any thread. */
public final class DoorLoops {

  private static final int MOST = 4;

  private @Nullable EventLoopGroup group;
  private int doors;

  /** For a door that opens; {@link #leave} when its last connection is gone. */
  synchronized EventLoopGroup enter() {
    EventLoopGroup known = group;
    if (known == null) {
      known =
          new MultiThreadIoEventLoopGroup(
              Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST),
              Thread.ofPlatform().daemon().name("gander-door-", 0).factory(),
              EpollIoHandler.newFactory());
      group = known;
    }
    doors++;
    return known;
  }

  synchronized void leave() {
    if (--doors == 0 && group != null) {
      var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      group = null;
    }
  }
}
