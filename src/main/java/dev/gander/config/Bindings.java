package dev.gander.config;

import dev.gander.config.Syntax.Literal;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what sockets are bound to. */
final class Bindings {

  /** IFNAMSIZ, without the zero at its end. */
  private static final int LONGEST_NAME = 15;

  private Bindings() {}

  /** One interface, by its name; empty text: none. */
  static Optional<String> device(Literal value, Problems problems) throws BadValue {
    String name = value.text().strip();
    if (name.isEmpty()) {
      return Optional.empty();
    }
    if (name.length() > LONGEST_NAME || !Text.isAll(name, c -> c > ' ' && c != '/' && c != ':')) {
      throw new BadValue(
          value.place(),
          "`" + Text.shortened(name) + "` is no name of an interface",
          "write one like eth1, of at most 15 characters");
    }
    return Optional.of(name);
  }

  /** Addresses of this machine, one of each family at most. */
  static ValueReader<List<InetAddress>> addresses() {
    return (values, problems) -> {
      List<InetAddress> addresses = new ArrayList<>();
      for (Literal value : ValueReader.parts(values)) {
        add(addresses, Addresses.address(value), value.place());
      }
      return List.copyOf(addresses);
    };
  }

  /** Appends one address, unless there is one of its family. */
  static void add(List<InetAddress> addresses, InetAddress address, Place place) throws BadValue {
    boolean four = address instanceof Inet4Address;
    if (addresses.stream().anyMatch(it -> it instanceof Inet4Address == four)) {
      throw new BadValue(
          place,
          "a socket has one address, and here are two of IPv" + (four ? "4" : "6"),
          "leave one of each family");
    }
    addresses.add(address);
  }
}
