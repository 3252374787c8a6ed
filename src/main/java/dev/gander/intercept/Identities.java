package dev.gander.intercept;

import dev.gander.kernel.BpfMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Who asked, by the mark of the query's packet: read from memory the kernel programs write, without
 * a system call and without garbage. Any thread.
 *
 * <p>A mark names the same client for at least 10 s after the query; ask within that time.
 */
public final class Identities implements AutoCloseable {

  private static final int NAMES = 1024;

  private final BpfMap.View view;
  private final ThreadLocal<BpfMap.Probe> handoffs;
  private final GroupPaths groups;

  /** Found by identity, believed only where the bytes are the same. */
  private final @Nullable ProcessName[] names = new ProcessName[NAMES];

  Identities(BpfMap.View view, BpfMap handoffs, GroupPaths groups) {
    this.view = view;
    this.groups = groups;
    this.handoffs = ThreadLocal.withInitial(handoffs::probe);
  }

  /**
   * The mark a reply must be sent with, given what the query came with. Where the kernel told the
   * mark ({@code receivedMark} not 0) it is only masked; for a TCP connection, and before Linux
   * 5.19, the client's address and port are looked up, with one system call.
   *
   * @param sourceHigh with {@code sourceLow} the client's address, IPv4 as ::ffff:a.b.c.d
   * @return bits 0–26 of the identity word; 0 if nothing is known
   */
  public int replyMark(int receivedMark, long sourceHigh, long sourceLow, int sourcePort) {
    if (receivedMark != 0) {
      return receivedMark & Shared.WORD_MASK;
    }
    BpfMap.Probe probe = handoffs.get();
    probe.keyLong(Shared.CLIENT_ADDRESS, sourceHigh);
    probe.keyLong(Shared.CLIENT_ADDRESS + 8, sourceLow);
    probe.keyShort(Shared.CLIENT_PORT, sourcePort);
    return probe.find() ? probe.valueInt(0) & Shared.WORD_MASK : 0;
  }

  /** The code point of the query's packet, or of the one that began the connection; 0 to 63. */
  public int dscp(int mark) {
    return mark >>> Shared.WORD_DSCP_SHIFT & Shared.DSCP_MASK;
  }

  /** The client's link-layer address, 48 bits. */
  public long mac(int mark) {
    int index = mark & Shared.IDENTITY_MASK;
    long mac = 0;
    for (int i = 0; i < 6; i++) {
      mac = mac << 8 | view.byteAt(index, Shared.IDENTITY_CLIENT_MAC + i);
    }
    return mac;
  }

  /** The interface the query came in by, in the host's namespace. */
  public int ifindex(int mark) {
    return view.intAt(mark & Shared.IDENTITY_MASK, Shared.IDENTITY_IFINDEX);
  }

  /** The VLAN id (1 to 4094) of the frame's innermost tag, or 0 where it had none. */
  public int vlan(int mark) {
    int index = mark & Shared.IDENTITY_MASK;
    int inner = tag(index, 1);
    return inner != 0 ? inner & 0xfff : tag(index, 0) & 0xfff;
  }

  /** Whether a program of this machine asked, be it known which or not. */
  public boolean isLocal(int mark) {
    return view.intAt(mark & Shared.IDENTITY_MASK, Shared.IDENTITY_SIDE) == Shared.SIDE_LOCAL;
  }

  /** The process of this machine that asked, as the kernel's first PID namespace counts, or 0. */
  public int pid(int mark) {
    return view.intAt(mark & Shared.IDENTITY_MASK, Shared.IDENTITY_PID);
  }

  /** That process's user; -1 for other machines, and where the process is not known. */
  public int uid(int mark) {
    return pid(mark) == 0 ? -1 : view.intAt(mark & Shared.IDENTITY_MASK, Shared.IDENTITY_UID);
  }

  /** The number of that process's control group, or 0. */
  public long cgroupId(int mark) {
    return view.longAt(mark & Shared.IDENTITY_MASK, Shared.IDENTITY_CGROUP);
  }

  /**
   * The path of a control group, with a slash before it; empty for 0 and for one that was gone
   * before it first asked. System calls only for a number that was not asked for lately.
   */
  public String cgroup(long id) {
    return groups.of(id);
  }

  /**
   * The name of that process, at most 15 bytes: of the file in its command, or of its first thread;
   * empty for other machines. The same string again and again, as long as one identity's name
   * stays.
   */
  public String processName(int mark) {
    int index = mark & Shared.IDENTITY_MASK;
    if (view.byteAt(index, Shared.IDENTITY_PROCESS) == 0) {
      return "";
    }
    long low = view.longAt(index, Shared.IDENTITY_PROCESS);
    long high = view.longAt(index, Shared.IDENTITY_PROCESS + Long.BYTES);
    ProcessName known = names[index % names.length];
    if (known == null || known.low != low || known.high != high) {
      known = ProcessName.of(low, high);
      names[index % names.length] = known;
    }
    return known.text;
  }

  /** As the kernel keeps it, and as text. */
  private record ProcessName(long low, long high, String text) {

    static ProcessName of(long low, long high) {
      byte[] bytes =
          ByteBuffer.allocate(Shared.PROCESS_NAME)
              .order(ByteOrder.nativeOrder())
              .putLong(low)
              .putLong(high)
              .array();
      return new ProcessName(low, high, Shared.processName(bytes, 0));
    }
  }

  /** Tag control information; 0 without a tag, and a tag of TCI 0 is VLAN 0: none either. */
  private int tag(int index, int which) {
    int at = Shared.IDENTITY_TAGS + which * Shared.TAG_SIZE;
    return view.shortAt(index, at + Shared.TAG_PROTO) == 0
        ? 0
        : view.shortAt(index, at + Shared.TAG_TCI);
  }

  /** Only {@link Interceptor#close} calls this; reading afterwards throws. */
  @Override
  public void close() {
    view.close();
  }
}
