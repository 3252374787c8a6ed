package dev.gander.config;

import dev.gander.config.Syntax.Literal;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /** By mark, what is written as {@code MARK: INTERFACE ADDRESS ADDRESS}, any of these. */
  static ValueReader<Map<Integer, Binding>> byMark() {
    return (values, problems) -> {
      Map<Integer, Binding> bindings = new LinkedHashMap<>();
      for (Literal value : ValueReader.parts(values)) {
        String text = value.text();
        int colon = text.indexOf(':');
        if (colon < 0) {
          throw unclear(value);
        }
        int mark = (int) Readers.mark(part(value, text.substring(0, colon)), problems);
        Binding binding = binding(value, text.substring(colon + 1).strip(), problems);
        if (mark == 0 || bindings.put(mark, binding) != null) {
          throw new BadValue(
              value.place(),
              mark == 0 ? "0 is no mark that a rule can give" : "this mark is bound twice",
              "write each mark of `routing` once");
        }
      }
      return Map.copyOf(bindings);
    };
  }

  private static Binding binding(Literal value, String text, Problems problems) throws BadValue {
    Optional<String> device = Optional.empty();
    List<InetAddress> addresses = new ArrayList<>();
    for (String word : text.split("\\s+", -1)) {
      Optional<InetAddress> address = literal(word);
      if (address.isPresent()) {
        add(addresses, address.get(), value.place());
      } else if (device.isPresent() || word.isEmpty()) {
        throw unclear(value);
      } else {
        device = device(part(value, word), problems);
      }
    }
    return new Binding(device, List.copyOf(addresses));
  }

  private static Literal part(Literal value, String text) {
    return new Literal(text.strip(), value.quoted(), value.place());
  }

  private static Optional<InetAddress> literal(String word) {
    try {
      return Optional.of(InetAddress.ofLiteral(word));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static BadValue unclear(Literal value) {
    return new BadValue(
        value.place(),
        "`" + Text.shortened(value.text()) + "` does not say what a mark is bound to",
        "write '0x200: eth1', '0x200: 192.0.2.7', or '0x200: eth1 192.0.2.7 2001:db8::7'");
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
