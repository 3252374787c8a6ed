package dev.gander.config;

import java.net.InetAddress;

/**
 * A range of addresses, {@code 192.0.2.0/24}.
 *
 * @param bits of the address that count
 */
public record Network(InetAddress address, int bits) {

  /** Whether the address is inside; one of the other family never is. */
  public boolean contains(InetAddress other) {
    byte[] mine = address.getAddress();
    byte[] its = other.getAddress();
    if (mine.length != its.length) {
      return false;
    }
    for (int i = 0; i < mine.length && i * 8 < bits; i++) {
      int mask = bits - i * 8 >= 8 ? 0xff : 0xff << (8 - (bits - i * 8)) & 0xff;
      if (((mine[i] ^ its[i]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  /** {@code 192.0.2.0/24}. */
  @Override
  public String toString() {
    return Endpoint.text(address) + "/" + bits;
  }
}
