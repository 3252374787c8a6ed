package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.dial.Dialer;
import dev.gander.observe.Counters;
import java.net.InetSocketAddress;
import java.util.List;

/** Bootstrap resolvers as tests need them. */
final class TestBootstrap {

  private TestBootstrap() {}

  static BootstrapResolvers of(
      List<InetSocketAddress> resolvers, Dialer dialer, Counters counters) {
    return new BootstrapResolvers(
        resolvers, dialer, true, Clock.system(), task -> Thread.ofVirtual().start(task), counters);
  }
}
