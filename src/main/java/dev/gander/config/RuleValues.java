package dev.gander.config;

import dev.gander.config.Syntax.Literal;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Values as rules have them, for words of a command line. What cannot be read ends in an {@link
 * IllegalArgumentException} that says so and what to write.
 */
public final class RuleValues {

  @FunctionalInterface
  private interface Reader<T> {
    T read(Literal literal) throws BadValue;
  }

  private RuleValues() {}

  private static <T> T read(String text, Reader<T> reader) {
    try {
      return reader.read(new Literal(text, true, Place.BUILT_IN));
    } catch (BadValue bad) {
      throw new IllegalArgumentException(bad.message() + " (" + bad.remedy() + ")", bad);
    }
  }

  /** A MAC address: 48 bits. */
  public static long mac(String text) {
    return Long.parseLong(read(text, Addresses::mac).replace(":", ""), 16);
  }

  /** An IP address; never asks a resolver. */
  public static InetAddress address(String text) {
    return read(text, Addresses::address);
  }

  /** An IP address and a port from 1 on. */
  public static InetSocketAddress endpoint(String text) {
    return read(text, literal -> Addresses.endpoint(literal, -1));
  }

  /** A user of this machine, by number or name: 32 bits unsigned. */
  public static int user(String text) {
    return Integer.parseUnsignedInt(read(text, Users::number));
  }

  /** A differentiated services code point. */
  public static int dscp(String text) {
    return read(text, literal -> (int) Quantities.wholeNumber(literal, 0, 63, "0 to 63"));
  }

  /** The id of a VLAN. */
  public static int vlan(String text) {
    return read(text, literal -> (int) Quantities.wholeNumber(literal, 1, 4094, "1 to 4094"));
  }
}
