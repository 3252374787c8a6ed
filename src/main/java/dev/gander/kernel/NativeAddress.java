package dev.gander.kernel;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * struct sockaddr_in and sockaddr_in6 in native memory. Addresses are two longs in network order;
 * IPv4 is IPv4-mapped (RFC 4291 section 2.5.5.2).
 */
final class NativeAddress {

  /** Room for either kind, sockaddr_in6 being 28 bytes. */
  static final int SIZE = 32;

  static final long MAPPED_PREFIX = 0x0000_FFFF_0000_0000L;

  static final ValueLayout.OfShort NET_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(BIG_ENDIAN);
  static final ValueLayout.OfInt NET_INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(BIG_ENDIAN);
  static final ValueLayout.OfLong NET_LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(BIG_ENDIAN);

  private NativeAddress() {}

  /** Writes the address in the form a socket of {@code family} takes; the length written. */
  static int write(
      MemorySegment memory, long at, IpFamily family, long high, long low, int port, int scope) {
    memory.set(Libc.SHORT, at, (short) family.number);
    memory.set(NET_SHORT, at + 2, (short) port);
    if (family == IpFamily.IPV4) {
      memory.set(NET_INT, at + 4, (int) low);
      memory.set(NET_LONG, at + 8, 0L);
      return 16;
    }
    memory.set(NET_INT, at + 4, 0);
    memory.set(NET_LONG, at + 8, high);
    memory.set(NET_LONG, at + 16, low);
    memory.set(Libc.INT, at + 24, scope);
    return 28;
  }

  static int write(MemorySegment memory, long at, IpFamily family, InetSocketAddress address) {
    byte[] bytes = address.getAddress().getAddress();
    int scope = scope(address.getAddress());
    return write(memory, at, family, high(bytes), low(bytes), address.getPort(), scope);
  }

  /** Index of the interface a link-local address is on; 0 for all others. */
  static int scope(InetAddress address) {
    return address instanceof Inet6Address six ? six.getScopeId() : 0;
  }

  static boolean isIpv4(MemorySegment memory, long at) {
    return memory.get(Libc.SHORT, at) == IpFamily.IPV4.number;
  }

  static int port(MemorySegment memory, long at) {
    return memory.get(NET_SHORT, at + 2) & 0xFFFF;
  }

  static long high(MemorySegment memory, long at) {
    return isIpv4(memory, at) ? 0 : memory.get(NET_LONG, at + 8);
  }

  static long low(MemorySegment memory, long at) {
    return isIpv4(memory, at) ? mapped(memory.get(NET_INT, at + 4)) : memory.get(NET_LONG, at + 16);
  }

  static long mapped(int ipv4) {
    return MAPPED_PREFIX | (ipv4 & 0xFFFF_FFFFL);
  }

  static long high(byte[] address) {
    return address.length == 4 ? 0 : ByteBuffer.wrap(address).getLong(0);
  }

  static long low(byte[] address) {
    return address.length == 4
        ? mapped(ByteBuffer.wrap(address).getInt(0))
        : ByteBuffer.wrap(address).getLong(8);
  }

  static InetSocketAddress read(MemorySegment memory, long at) {
    ByteBuffer bytes =
        isIpv4(memory, at)
            ? ByteBuffer.allocate(4).putInt(memory.get(NET_INT, at + 4))
            : ByteBuffer.allocate(16)
                .putLong(memory.get(NET_LONG, at + 8))
                .putLong(memory.get(NET_LONG, at + 16));
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes.array()), port(memory, at));
    } catch (UnknownHostException e) {
      throw new AssertionError("four and sixteen bytes are an address", e);
    }
  }
}
