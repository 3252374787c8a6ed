package dev.gander.front;

import dev.gander.clock.Clock;
import dev.gander.listen.ClientBounds;
import dev.gander.listen.Limits;
import dev.gander.message.Client;
import dev.gander.message.Transport;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The connections of one listener: bounded in number, none silent for longer than allowed. */
final class Guests {

  /** From the connection to the first whole query, handshake included. */
  static final Duration FIRST = Duration.ofSeconds(10);

  /** For a client to hear our last word and hang up. */
  static final Duration FAREWELL = Duration.ofSeconds(2);

  private final Limits limits;
  private final Transport transport;
  private final Counters counters;
  private final Clock clock;
  private final ClientBounds bounds;
  private final Set<Guest> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger unknown = new AtomicInteger();
  private volatile boolean draining;

  Guests(Limits limits, Transport transport, Counters counters, Clock clock) {
    this.limits = limits;
    this.transport = transport;
    this.counters = counters;
    this.clock = clock;
    bounds = new ClientBounds(limits.connections(), limits.ofOneClient());
  }

  /** A connection has come; null, and it is closed, if there are too many. */
  @Nullable Guest arrived(Channel channel) {
    counters.add(Counter.DOOR_CONNECTIONS);
    if (draining || open.size() >= limits.connections()) {
      counters.add(Counter.DOOR_CONNECTIONS_REFUSED);
      var _ = channel.close();
      return null;
    }
    Guest guest = new Guest(channel, clock);
    open.add(guest);
    unknown.incrementAndGet();
    var _ = channel.closeFuture().addListener(closed -> left(guest));
    return guest;
  }

  /** Lets it in now that we know who it is; false, and it is closed, if it has too many already. */
  boolean enter(Guest guest, InetSocketAddress source, InetSocketAddress asked) {
    Client client = guest.client();
    client.setTransport(transport);
    client.setSource(source);
    client.setAsked(asked);
    ClientBounds.Verdict verdict = bounds.enter(client);
    if (verdict != ClientBounds.Verdict.WELCOME) {
      counters.add(
          verdict == ClientBounds.Verdict.FULL
              ? Counter.DOOR_CONNECTIONS_REFUSED
              : Counter.DOOR_CONNECTIONS_OF_CLIENT_REFUSED);
      var _ = guest.channel().close();
      return false;
    }
    guest.enter();
    unknown.decrementAndGet();
    return true;
  }

  private void left(Guest guest) {
    open.remove(guest);
    if (guest.entered()) {
      bounds.left(guest.client());
    } else {
      unknown.decrementAndGet();
    }
  }

  /** Whether a quarter of all connections are those of clients who are not known yet. */
  boolean crowdedByUnknown() {
    return unknown.get() >= Math.max(1, limits.connections() / 4);
  }

  /** Connections open now. */
  int count() {
    return open.size();
  }

  /** How many queries of one connection may be under way. */
  int inFlight() {
    return limits.inFlight();
  }

  /** Tenths of a second a connection may be idle, RFC 7828. */
  int idleTenths() {
    return (int) (limits.idle().toMillis() / 100);
  }

  /** Cuts those that have been silent for too long; while draining, all that wait for nothing. */
  void sweep() {
    long now = clock.nanoTime();
    for (Guest guest : open) {
      if (guest.lingers(now, FAREWELL.toNanos())) {
        Farewell.over(guest.channel());
      } else if (draining && guest.underWay() == 0) {
        var _ = guest.channel().close();
      } else if (guest.silent(now, limits.idle().toNanos(), FIRST.toNanos())) {
        counters.add(Counter.DOOR_CONNECTIONS_CUT);
        var _ = guest.channel().close();
      }
    }
  }

  /** Nobody more comes in; each leaves after its last reply. */
  void drain() {
    draining = true;
    sweep();
  }
}
