package dev.gander.route;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Stretches of addresses cut into prefixes. */
final class Prefixes {

  private static final int BITS = 128;

  private Prefixes() {}

  /**
   * The prefixes of all stretches in which a condition holds; stops when there are more than {@code
   * most}.
   */
  static List<ClientClasses.Prefix> of(IpMatcher addresses, ClientClasses.Part[] parts, int most) {
    List<ClientClasses.Prefix> prefixes = new ArrayList<>();
    addresses.forEach((high, low, endHigh, endLow, set) -> {
      if (set != IdSets.EMPTY) {
        cut(number(high, low), number(endHigh, endLow), parts[set], most, prefixes);
      }
    });
    return List.copyOf(prefixes);
  }

  private static void cut(
      BigInteger first,
      BigInteger last,
      ClientClasses.Part part,
      int most,
      List<ClientClasses.Prefix> into) {
    BigInteger at = first;
    while (at.compareTo(last) <= 0 && into.size() <= most) {
      int aligned = at.signum() == 0 ? BITS : at.getLowestSetBit();
      int fitting = last.subtract(at).add(BigInteger.ONE).bitLength() - 1;
      int bits = Math.min(aligned, fitting);
      into.add(
          new ClientClasses.Prefix(
              at.shiftRight(64).longValue(), at.longValue(), BITS - bits, part));
      at = at.add(BigInteger.ONE.shiftLeft(bits));
    }
  }

  private static BigInteger number(long high, long low) {
    return unsigned(high).shiftLeft(64).or(unsigned(low));
  }

  private static BigInteger unsigned(long half) {
    return new BigInteger(Long.toUnsignedString(half));
  }
}
