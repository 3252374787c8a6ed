package dev.gander.forward;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The addresses of one upstream, the one that answered last in front. Any thread. */
final class Servers {

  /** Where the addresses come from. */
  interface Source {
    /**
     * At least one address; blocks for a look-up if need be.
     *
     * @throws UpstreamException if the name does not resolve
     */
    List<InetSocketAddress> addresses(long deadlineNanos) throws IOException, InterruptedException;

    /** The addresses as far as they are known without looking up; maybe none. */
    List<InetSocketAddress> known();

    /** None of the addresses led anywhere. */
    default void failed() {}
  }

  /** More than the addresses of any host; those of a name that moves about are forgotten. */
  private static final int MOST_REMEMBERED = 64;

  private final String name;
  private final Source source;
  private final Map<InetSocketAddress, ServerMemory> memories = new ConcurrentHashMap<>();
  private volatile @Nullable InetSocketAddress preferred;

  /**
   * @param name what people call the upstream
   */
  Servers(String name, Source source) {
    this.name = name;
    this.source = source;
  }

  /** Of addresses that are known; at least one. */
  static Servers literal(String name, List<InetSocketAddress> addresses) {
    return new Servers(
        name,
        new Source() {
          @Override
          public List<InetSocketAddress> addresses(long deadlineNanos) {
            return addresses;
          }

          @Override
          public List<InetSocketAddress> known() {
            return addresses;
          }
        });
  }

  String name() {
    return name;
  }

  List<InetSocketAddress> inOrder(long deadlineNanos) throws IOException, InterruptedException {
    List<InetSocketAddress> all = source.addresses(deadlineNanos);
    InetSocketAddress first = preferred;
    if (first == null || all.getFirst().equals(first) || !all.contains(first)) {
      return all;
    }
    List<InetSocketAddress> ordered = new ArrayList<>(all.size());
    ordered.add(first);
    for (InetSocketAddress address : all) {
      if (!address.equals(first)) {
        ordered.add(address);
      }
    }
    return ordered;
  }

  /** In no order; maybe none, where they must be looked up first. */
  List<InetSocketAddress> known() {
    return source.known();
  }

  /** What is known of one of the addresses. */
  ServerMemory memory(InetSocketAddress address) {
    ServerMemory known = memories.get(address);
    if (known == null) {
      if (memories.size() >= MOST_REMEMBERED) {
        memories.clear();
      }
      known = memories.computeIfAbsent(address, it -> new ServerMemory());
    }
    return known;
  }

  void answered(InetSocketAddress address) {
    if (!address.equals(preferred)) {
      preferred = address;
    }
  }

  void failed() {
    source.failed();
  }
}
