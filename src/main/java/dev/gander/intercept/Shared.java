package dev.gander.intercept;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The structs and constants of src/main/bpf/shared.h, as byte offsets in the machine's order.
 * SharedStructTest holds them against the object's BTF.
 */
final class Shared {

  static final int IDENTITY_MASK = 0xffff;
  static final int WORD_MASK = 0x07ff_ffff;
  static final int WORD_DSCP_SHIFT = 16;
  static final int DSCP_MASK = 0x3f;
  static final int TPROXY_MARK = 0x0800_0000;
  static final int IDENTITIES = 65536;
  static final int LISTENERS_MAX = 16;

  /** struct identity; the key is at its start. */
  static final int IDENTITY_IFINDEX = 0;

  static final int IDENTITY_ROUTER_MAC = 4;
  static final int IDENTITY_CLIENT_MAC = 10;
  static final int IDENTITY_TAGS = 16;
  static final int IDENTITY_SIDE = 24;
  static final int IDENTITY_PID = 28;
  static final int IDENTITY_CGROUP = 32;
  static final int IDENTITY_PROCESS = 40;
  static final int IDENTITY_UID = 56;
  static final int IDENTITY_LAST_SEEN = 64;
  static final int IDENTITY_SIZE = 72;
  static final int SIDE_LOCAL = 1;

  /** struct process. */
  static final int PROCESS_PID = 0;

  static final int PROCESS_NAME = 16;

  /** struct terms. */
  static final int TERMS_NAMESPACE = 0;

  static final int TERMS_OWN_PID = 8;
  static final int TERMS_OWN_MARK = 12;
  static final int TERMS_FLAGS = 16;
  static final int TERMS_RULES = 20;
  static final int TERMS_SIZE = 24;
  static final int TERMS_HIJACK_LOCAL = 1;
  static final int TERMS_LEAK_COUNT = 2;
  static final int TERMS_LEAK_BLOCK = 4;
  static final int TERMS_LEAK_DOH = 8;

  /** struct vlan_tag. */
  static final int TAG_PROTO = 0;

  static final int TAG_TCI = 2;
  static final int TAG_SIZE = 4;

  /** struct client_key. */
  static final int CLIENT_ADDRESS = 0;

  static final int CLIENT_PORT = 16;
  static final int CLIENT_SIZE = 20;

  static final int ADDRESS_SIZE = 16;
  static final int SETTINGS_SIZE = 20;

  /** struct leak_key: source, asked, and then these. */
  static final int LEAK_IFINDEX = 32;

  static final int LEAK_PID = 36;
  static final int LEAK_PORT = 40;
  static final int LEAK_PROTOCOL = 42;

  /** struct leak. */
  static final int LEAK_PACKETS = 0;

  static final int LEAK_BLOCKED = 8;
  static final int LEAK_LAST_SEEN = 16;
  static final int LEAK_CGROUP = 24;
  static final int LEAK_UID = 32;
  static final int LEAK_PROCESS = 36;
  static final int LEAK_MAC = 52;

  /** struct local_filter. */
  static final int LOCAL_FILTER_WORDS = 64;

  static final int ANSWERS_LAYOUT = 7;
  static final int ANSWER_TTLS_MAX = 32;
  static final int ANSWER_SLACK = 32;
  static final int ANSWERS_MAX = 131072;
  static final int STALE_OPT_SHORT = 32;
  static final int STALE_OPT_MAX = 128;
  static final int HOW_DNSSEC_OK = 1;
  static final int HOW_CHECKING_DISABLED = 2;
  static final int KIND_CONSTANT = 1;
  static final int KIND_NEGATIVE = 2;

  /** struct answer. */
  static final int ANSWER_GENERATION = 0;

  static final int ANSWER_TYPE = 4;
  static final int ANSWER_HOW = 6;
  static final int ANSWER_KIND = 7;
  static final int ANSWER_CLIENT = 8;
  static final int ANSWER_ASKED = 16;
  static final int ANSWER_STORED = 32;
  static final int ANSWER_END = 40;
  static final int ANSWER_STALE_END = 48;
  static final int ANSWER_FLAGS = 56;
  static final int ANSWER_ANSWERS = 58;
  static final int ANSWER_AUTHORITIES = 60;
  static final int ANSWER_ADDITIONAL = 62;
  static final int ANSWER_NAME_LENGTH = 64;
  static final int ANSWER_TTL_COUNT = 65;
  static final int ANSWER_TTLS_AT = 66;
  static final int ANSWER_NAME_AT = 68;
  static final int ANSWER_RECORDS_LENGTH = 70;
  static final int ANSWER_OPT_LENGTH = 72;
  static final int ANSWER_STALE_OPT_AT = 74;
  static final int ANSWER_STALE_OPT_LENGTH = 76;
  static final int ANSWER_USED = 78;
  static final int ANSWER_RECORDS_SUM = 80;
  static final int ANSWER_OPT_SUM = 82;
  static final int ANSWER_STALE_OPT_SUM = 84;
  static final int ANSWER_DOMAIN = 86;
  static final int ANSWER_NUMBERING = 88;
  static final int ANSWER_LESSON_END = 92;
  static final int ANSWER_HEAD = 96;

  static final int ANSWER_SMALL = 384;

  /** struct answers_line: words, usages, answers. */
  static final int WAYS = 5;

  static final int LINE_USAGES = 40;
  static final int LINE_ANSWERS = 128;
  static final int LINE_SIZE = 2048;
  static final int HITS_MASK = 0xffff;
  static final int HITS_MAX = 0xf000;
  static final int TAG_SHIFT = 40;
  static final int VERSION_SHIFT = 20;
  static final int PLACE_LARGE = 0x80000;

  /** struct control. */
  static final int CONTROL_GENERATION = 0;

  static final int CONTROL_FLAGS = 4;
  static final int CONTROL_SEEDS = 8;
  static final int CONTROL_HEARTBEAT = 32;
  static final int CONTROL_KEEP_FOR = 40;
  static final int CONTROL_INDEX_LINES = 48;
  static final int CONTROL_SAMPLE = 52;
  static final int CONTROL_STALE_TTL = 56;
  static final int CONTROL_TYPE_LIMITS_COUNT = 60;
  static final int CONTROL_POLICY = 64;
  static final int CONTROL_BLOCKED_MASK = 72;
  static final int CONTROL_BLOCKED_LABELS = 76;
  static final int CONTROL_LAST_GENERATION = 80;
  static final int CONTROL_TYPE_LIMITS = 88;
  static final int CONTROL_SIZE = 152;
  static final int CONTROL_ASIS = 1;
  static final int CONTROL_BY_ADDRESS = 2;
  static final int CONTROL_BY_MAC = 4;
  static final int CONTROL_BY_INTERFACE = 8;
  static final int HAS_BLOCKED = 16;
  static final int CONTROL_BY_PROCESS = 32;
  static final int CONTROL_IPV4 = 64;
  static final int CONTROL_IPV6 = 128;
  static final int CONTROL_BY_DSCP = 256;
  static final int CONTROL_BY_VLAN = 512;
  static final int CONTROL_BY_USER = 1024;
  static final int CONTROL_BY_CGROUP = 2048;

  /** struct sample. */
  static final int SAMPLE_TIME = 0;

  static final int SAMPLE_CLIENT = 8;
  static final int SAMPLE_ASKED = 24;
  static final int SAMPLE_IFINDEX = 40;
  static final int SAMPLE_TYPE = 44;
  static final int SAMPLE_OUTCOME = 46;
  static final int SAMPLE_PORT = 48;
  static final int SAMPLE_NAME_LENGTH = 50;
  static final int SAMPLE_DSCP = 51;
  static final int SAMPLE_PID = 52;
  static final int SAMPLE_PROCESS = 56;
  static final int SAMPLE_MAC = 72;
  static final int SAMPLE_VLAN = 78;
  static final int SAMPLE_UID = 80;
  static final int SAMPLE_CGROUP = 88;
  static final int SAMPLE_NAME = 96;

  static final int CLASSES_MAX = 4096;
  static final int TYPE_LIMITS_MAX = 16;
  static final int NO_LIMIT = 0xffff;
  static final int REJECTS = 6;
  static final int BLOCKED_BUCKET = 8;
  static final int BLOCKED_PROBES = 8;
  static final int BLOCKED_ITSELF = 0x8000;
  static final int BLOCKED_BELOW = 0x4000;
  static final int BLOCKED_RULE = 0x3fff;

  private Shared() {}

  /** struct settings. */
  static byte[] settings(
      int dae0Ifindex,
      int listenersPerFamily,
      boolean redirectPeer,
      boolean markInRecvmsg,
      int namespaceId) {
    return ByteBuffer.allocate(SETTINGS_SIZE)
        .order(ByteOrder.nativeOrder())
        .putInt(dae0Ifindex)
        .putInt(listenersPerFamily)
        .putInt(redirectPeer ? 1 : 0)
        .putInt(markInRecvmsg ? 1 : 0)
        .putInt(namespaceId)
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

  /** The name of a process: up to the first zero of {@link #PROCESS_NAME} bytes. */
  static String processName(byte[] bytes, int at) {
    int end = at;
    while (end < at + PROCESS_NAME && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, at, end - at, StandardCharsets.UTF_8);
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
