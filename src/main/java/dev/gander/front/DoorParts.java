package dev.gander.front;

import dev.gander.clock.Clock;
import dev.gander.listen.Desk;
import dev.gander.observe.Counters;
import java.util.function.Supplier;

/**
 * What the handlers of one listener's connections share.
 *
 * @param http whether DNS is inside of HTTP
 * @param terms for connections that come now
 */
record DoorParts(
    boolean http,
    Supplier<Terms> terms,
    Guests guests,
    Desk desk,
    Counters counters,
    Clock clock) {}
