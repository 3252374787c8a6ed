package dev.gander.listen;

import dev.gander.message.Client;
import dev.gander.message.Subnet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections are open, and how many of them are one client's: an IPv4 address, or an IPv6
 * /64. Any thread.
 */
public final class ClientBounds {

  /** May one more be opened? */
  public enum Verdict {
    WELCOME,
    /** There are too many already. */
    FULL,
    /** This client has too many already. */
    TOO_MANY_OF_CLIENT
  }

  /** A client as bounds count it. */
  private record Owner(long high, long low) {

    static Owner of(Client client) {
      boolean four = Subnet.isMapped(client.sourceHigh(), client.sourceLow());
      return new Owner(client.sourceHigh(), four ? client.sourceLow() : 0);
    }
  }

  private final int most;
  private final int ofOneClient;
  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentMap<Owner, Integer> ofClients = new ConcurrentHashMap<>();

  /**
   * @param most connections open at one time
   * @param ofOneClient of them
   */
  public ClientBounds(int most, int ofOneClient) {
    this.most = most;
    this.ofOneClient = ofOneClient;
  }

  /** Takes a place for one connection of the client, if there is one: {@link #left} returns it. */
  public Verdict enter(Client client) {
    if (open.incrementAndGet() > most) {
      open.decrementAndGet();
      return Verdict.FULL;
    }
    Owner owner = Owner.of(client);
    if (ofClients.merge(owner, 1, Integer::sum) > ofOneClient) {
      forget(owner);
      open.decrementAndGet();
      return Verdict.TOO_MANY_OF_CLIENT;
    }
    return Verdict.WELCOME;
  }

  /** A connection of the client that had entered has ended. */
  public void left(Client client) {
    forget(Owner.of(client));
    open.decrementAndGet();
  }

  private void forget(Owner owner) {
    ofClients.computeIfPresent(owner, (client, count) -> count == 1 ? null : count - 1);
  }

  /** Connections open now. */
  public int open() {
    return open.get();
  }
}
