package dev.gander.dial;

import dev.gander.clock.Clock;
import dev.gander.kernel.IpFamily;
import dev.gander.proxy.Exit;
import java.time.Duration;

/** What {@link Dialer} stands on where servers are reached through an {@link Exit}. */
final class ExitNetwork implements Network {

  /** The proxy chooses the port that a server sees, so more than one here would hide nothing. */
  private static final Spread ONE = new Spread(1, Integer.MAX_VALUE, Duration.ofMinutes(10));

  private final Exit exit;
  private final Clock clock;

  ExitNetwork(Exit exit, Clock clock) {
    this.exit = exit;
    this.clock = clock;
  }

  @Override
  public Datagrams datagrams(IpFamily family, DatagramOwner owner) {
    return new ExitDatagrams(exit, owner, clock);
  }

  @Override
  public Stream stream(IpFamily family, Runnable ready) {
    return new ExitStream(exit, ready);
  }

  @Override
  public Spread spread() {
    return ONE;
  }

  /** Nothing: the exit is its owner's. */
  @Override
  public void close() {}
}
