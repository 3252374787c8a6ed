package dev.gander.intercept;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The structs and constants of src/main/bpf/shared.h, as byte offsets in the machine's order.
 * SharedStructTest holds them against the object's BTF.
 */
final class Shared {

  static final int IDENTITY_MASK = 0xffff;
  static final int WORD_MASK = 0x07ff_ffff;
  static final int TPROXY_MARK = 0x0800_0000;
  static final int IDENTITIES = 65536;
  static final int LISTENERS_MAX = 16;

  /** struct identity; the key is at its start. */
  static final int IDENTITY_IFINDEX = 0;

  static final int IDENTITY_ROUTER_MAC = 4;
  static final int IDENTITY_CLIENT_MAC = 10;
  static final int IDENTITY_TAGS = 16;
  static final int IDENTITY_LAST_SEEN = 24;
  static final int IDENTITY_SIZE = 32;

  /** struct vlan_tag. */
  static final int TAG_PROTO = 0;

  static final int TAG_TCI = 2;
  static final int TAG_SIZE = 4;

  /** struct client_key. */
  static final int CLIENT_ADDRESS = 0;

  static final int CLIENT_PORT = 16;
  static final int CLIENT_SIZE = 20;

  static final int ADDRESS_SIZE = 16;
  static final int SETTINGS_SIZE = 16;

  private Shared() {}

  /** struct settings. */
  static byte[] settings(
      int dae0Ifindex, int listenersPerFamily, boolean redirectPeer, boolean markInRecvmsg) {
    return ByteBuffer.allocate(SETTINGS_SIZE)
        .order(ByteOrder.nativeOrder())
        .putInt(dae0Ifindex)
        .putInt(listenersPerFamily)
        .putInt(redirectPeer ? 1 : 0)
        .putInt(markInRecvmsg ? 1 : 0)
        .array();
  }

  /** struct address: IPv4 becomes ::ffff:a.b.c.d. */
  static byte[] address(byte[] inet) {
    if (inet.length == ADDRESS_SIZE) {
      return inet;
    }
    byte[] mapped = new byte[ADDRESS_SIZE];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    System.arraycopy(inet, 0, mapped, 12, inet.length);
    return mapped;
  }

  /** __u32. */
  static byte[] u32(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  /** __u64. */
  static byte[] u64(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value).array();
  }
}
