package dev.gander.route;

import dev.gander.message.Client;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/** What a condition asks of whoever asks a question. What is not known of him fulfils nothing. */
@FunctionalInterface
interface ClientTest {

  /** No allocation. */
  boolean holds(Client client);

  static ClientTest mac(Set<Long> addresses) {
    long[] wanted = addresses.stream().mapToLong(Long::longValue).toArray();
    return client -> {
      long mac = client.mac();
      for (long one : wanted) {
        if (one == mac && mac != 0) {
          return true;
        }
      }
      return false;
    };
  }

  /** A number of 32 bits. */
  static ClientTest number(ToIntFunction<Client> what, Set<Integer> numbers) {
    int[] wanted = numbers.stream().mapToInt(Integer::intValue).toArray();
    return client -> {
      int number = what.applyAsInt(client);
      for (int one : wanted) {
        if (one == number) {
          return true;
        }
      }
      return false;
    };
  }

  static ClientTest process(Set<String> names) {
    return client -> names.contains(client.pname());
  }

  static ClientTest controlGroup(Set<String> paths) {
    List<String> wanted = List.copyOf(paths);
    return client -> {
      for (int i = 0; i < wanted.size(); i++) {
        if (ControlGroupPaths.isWithin(client.cgroup(), wanted.get(i))) {
          return true;
        }
      }
      return false;
    };
  }

  /**
   * The interface, by name.
   *
   * @param interfaceNames of an index; empty if unknown
   */
  static ClientTest iface(Set<String> names, IntFunction<String> interfaceNames) {
    return client ->
        client.ifindex() != 0 && names.contains(interfaceNames.apply(client.ifindex()));
  }
}
