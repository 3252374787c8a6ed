package dev.gander.message;

/**
 * The prefix of addresses that EDNS Client Subnet (RFC 7871) tells a server about. Immutable.
 *
 * @param high upper half of the address in its IPv6 form, IPv4 mapped; bits beyond the length zero
 * @param low lower half
 * @param length bits of that form: for IPv4 96 more than the prefix length
 */
public record Subnet(long high, long low, int length) {

  /** Bits before the IPv4 address in its mapped form. */
  public static final int MAPPED = 96;

  static final int OPTION = 8;
  private static final int IPV4 = 1;
  private static final int IPV6 = 2;

  /** Prevents a server from taking the address of whoever asks it: nothing is told (§ 7.1.2). */
  public static final Subnet NOTHING = of(0, 0xffffL << 32, MAPPED);

  /** The first {@code length} bits of a mapped address. */
  public static Subnet of(long high, long low, int length) {
    return new Subnet(maskedHigh(high, length), maskedLow(low, length), length);
  }

  /** {@code high} with the bits beyond {@code length} zero. */
  public static long maskedHigh(long high, int length) {
    return length >= 64 ? high : length == 0 ? 0 : high & (-1L << (64 - length));
  }

  /** {@code low} with the bits beyond {@code length} zero. */
  public static long maskedLow(long low, int length) {
    return length >= 128 ? low : length <= 64 ? 0 : low & (-1L << (128 - length));
  }

  /** Whether the two halves are an IPv4 address in its mapped form. */
  public static boolean isMapped(long high, long low) {
    return high == 0 && low >>> 32 == 0xffff;
  }

  /** Whether it tells nothing. */
  public boolean isEmpty() {
    return length == (ipv4() ? MAPPED : 0);
  }

  private boolean ipv4() {
    return length >= MAPPED && isMapped(high, low);
  }

  /** The option as a query has it: code, length, family, source prefix, scope 0, address. */
  byte[] option() {
    boolean four = ipv4();
    int prefix = four ? length - MAPPED : length;
    int bytes = (prefix + 7) / 8;
    byte[] option = new byte[OPTION + bytes];
    Wire.put16(option, 0, EdnsOptions.CLIENT_SUBNET);
    Wire.put16(option, 2, OPTION - 4 + bytes);
    Wire.put16(option, 4, four ? IPV4 : IPV6);
    option[6] = (byte) prefix;
    for (int i = 0; i < bytes; i++) {
      int at = four ? 12 + i : i;
      option[OPTION + i] = (byte) ((at < 8 ? high : low) >>> (56 - 8 * (at & 7)));
    }
    return option;
  }

  /**
   * The length in bits, of the mapped form, of the subnet in an option's data.
   *
   * @return -1 if the option is malformed (§ 6: family, prefix too long, wrong size, bits beyond
   *     the prefix)
   */
  static int lengthAt(byte[] wire, int from, int dataLength) {
    if (dataLength < 4) {
      return -1;
    }
    int family = Wire.u16(wire, from);
    int prefix = wire[from + 2] & 0xff;
    int most = family == IPV4 ? 32 : 128;
    boolean sized = dataLength == 4 + (prefix + 7) / 8;
    if ((family != IPV4 && family != IPV6) || prefix > most || !sized) {
      return -1;
    }
    boolean spare =
        (prefix & 7) != 0 && (wire[from + dataLength - 1] & (0xff >>> (prefix & 7))) != 0;
    return spare ? -1 : family == IPV4 ? MAPPED + prefix : prefix;
  }

  /** Upper half of the address in a well-formed option's data. */
  static long highAt(byte[] wire, int from, int dataLength) {
    return Wire.u16(wire, from) == IPV4 ? 0 : half(wire, from + 4, dataLength - 4, 0);
  }

  /** Lower half of the address in a well-formed option's data. */
  static long lowAt(byte[] wire, int from, int dataLength) {
    return Wire.u16(wire, from) == IPV4
        ? (0xffffL << 32) | (half(wire, from + 4, dataLength - 4, 0) >>> 32)
        : half(wire, from + 4, dataLength - 4, 8);
  }

  /** Eight bytes from {@code skip} on, of which those beyond {@code length} are zero. */
  private static long half(byte[] wire, int from, int length, int skip) {
    long result = 0;
    for (int i = skip; i < skip + 8; i++) {
      result = (result << 8) | (i < length ? wire[from + i] & 0xff : 0);
    }
    return result;
  }
}
