package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Reads {@code leaks}, where the programs write down who goes around gander. Any thread. */
final class LeakTable {

  private final BpfMap map;
  private final GroupPaths groups;

  LeakTable(BpfMap map, GroupPaths groups) {
    this.map = map;
    this.groups = groups;
  }

  /** Rows, those with the most packets first. */
  List<Leak> read() {
    List<Leak> leaks = new ArrayList<>();
    for (byte[] key : map.keys()) {
      byte[] value = map.lookup(key);
      if (value != null) { // else evicted meanwhile
        leaks.add(leak(key, value));
      }
    }
    leaks.sort(Comparator.comparingLong(Leak::packets).reversed());
    return leaks;
  }

  private Leak leak(byte[] keyBytes, byte[] valueBytes) {
    ByteBuffer key = ByteBuffer.wrap(keyBytes).order(ByteOrder.nativeOrder());
    ByteBuffer value = ByteBuffer.wrap(valueBytes).order(ByteOrder.nativeOrder());
    long mac = 0;
    for (int i = 0; i < 6; i++) {
      mac = mac << 8 | (valueBytes[Shared.LEAK_MAC + i] & 0xff);
    }
    return new Leak(
        address(keyBytes, 0),
        address(keyBytes, Shared.ADDRESS_SIZE),
        Short.toUnsignedInt(
            ByteBuffer.wrap(keyBytes).order(ByteOrder.BIG_ENDIAN).getShort(Shared.LEAK_PORT)),
        key.get(Shared.LEAK_PROTOCOL),
        key.getInt(Shared.LEAK_IFINDEX),
        key.getInt(Shared.LEAK_PID),
        Shared.processName(valueBytes, Shared.LEAK_PROCESS),
        value.getInt(Shared.LEAK_UID),
        groups.of(value.getLong(Shared.LEAK_CGROUP)),
        mac,
        value.getLong(Shared.LEAK_PACKETS),
        value.getLong(Shared.LEAK_BLOCKED),
        value.getLong(Shared.LEAK_LAST_SEEN));
  }

  /** An IPv4-mapped one becomes IPv4. */
  private static InetAddress address(byte[] bytes, int at) {
    byte[] address = new byte[Shared.ADDRESS_SIZE];
    System.arraycopy(bytes, at, address, 0, address.length);
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new AssertionError("16 bytes are an address", e);
    }
  }
}
