package dev.gander.proxy;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Who knows the addresses of proxy servers that are written as names. Any thread. */
@FunctionalInterface
public interface Lookup {

  /**
   * The addresses of a host, the best first; never blocks.
   *
   * @param host a name, never a literal address
   * @return completes with at least one, else with an {@link java.io.IOException} that says why
   *     there is none
   */
  CompletableFuture<List<InetAddress>> addressesOf(String host);
}
