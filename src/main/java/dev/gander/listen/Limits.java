package dev.gander.listen;

import java.time.Duration;

/**
 * What clients may take of one listener.
 *
 * @param connections open at one time; a further one is closed at once
 * @param ofOneClient of them from one IPv4 address, or one IPv6 /64
 * @param inFlight queries of one connection under way at one time; the client waits beyond
 * @param idle how long a connection may be silent (RFC 7766 section 6.2.3); of plain TCP while at
 *     most half of them are open, less and less beyond, down to a tenth
 */
public record Limits(int connections, int ofOneClient, int inFlight, Duration idle) {

  /** Where the configuration says nothing. */
  public static final Limits DEFAULT = new Limits(1024, 256, 128, Duration.ofSeconds(10));

  /** Where the datapath knows a client for 10 s after its last packet. */
  public static final Limits INTERCEPTED = new Limits(1024, 256, 128, Duration.ofSeconds(8));
}
