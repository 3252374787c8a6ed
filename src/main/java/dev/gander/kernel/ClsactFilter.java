package dev.gander.kernel;

import static dev.gander.kernel.NetlinkMessage.ACK;
import static dev.gander.kernel.NetlinkMessage.CREATE;
import static dev.gander.kernel.NetlinkMessage.DUMP;
import static dev.gander.kernel.NetlinkMessage.EXCLUSIVE;

import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A direct-action bpf filter under a clsact queueing discipline, for kernels before 6.6. The
 * discipline is removed with the last filter if this filter's making brought it.
 */
record ClsactFilter(
    Netlink netlink, String name, int ifindex, Direction direction, boolean ownsQdisc)
    implements TcHook {

  private static final int RTM_NEWQDISC = 36;
  private static final int RTM_DELQDISC = 37;
  private static final int RTM_NEWTFILTER = 44;
  private static final int RTM_DELTFILTER = 45;
  private static final int RTM_GETTFILTER = 46;
  private static final int TC_H_CLSACT = 0xFFFFFFF1;
  private static final int CLSACT_HANDLE = 0xFFFF0000;
  private static final int INGRESS_PARENT = 0xFFFFFFF2;
  private static final int EGRESS_PARENT = 0xFFFFFFF3;
  private static final int TCA_KIND = 1;
  private static final int TCA_OPTIONS = 2;
  private static final int TCA_BPF_FD = 6;
  private static final int TCA_BPF_NAME = 7;
  private static final int TCA_BPF_FLAGS = 8;
  private static final int TCA_BPF_FLAG_ACT_DIRECT = 1;

  /** Our place among other filters, and the handle we are known by ("G" "A"). */
  private static final int PRIORITY = 2;

  private static final int HANDLE = 0x4741;

  /** Priority in the upper half, ETH_P_ALL in network order in the lower. */
  private static final int INFO = (PRIORITY << 16) | (Short.reverseBytes((short) 3) & 0xffff);

  static ClsactFilter create(
      Netlink netlink, int program, String name, int ifindex, Direction direction) {
    boolean adopted = removeFilter(netlink, name, ifindex, direction);
    boolean created = addQdisc(netlink, ifindex);
    ClsactFilter filter = new ClsactFilter(netlink, name, ifindex, direction, created || adopted);
    try (Arena arena = Arena.ofConfined()) {
      NetlinkMessage message =
          header(arena, RTM_NEWTFILTER, ACK | CREATE | EXCLUSIVE, ifindex, HANDLE, direction)
              .attribute(TCA_KIND, "bpf");
      int options = message.begin(TCA_OPTIONS);
      message
          .attribute(TCA_BPF_FD, program)
          .attribute(TCA_BPF_NAME, name)
          .attribute(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT)
          .end(options);
      NetlinkSocket.Reply reply = netlink.socket().request(message);
      if (reply.errno() != 0) {
        filter.removeQdiscIfUnused();
        reply.orThrow("attaching " + name + " to interface " + ifindex + " with clsact");
      }
    }
    return filter;
  }

  static boolean removeLeftover(Netlink netlink, String name, int ifindex, Direction direction) {
    boolean removed = removeFilter(netlink, name, ifindex, direction);
    if (removed) {
      new ClsactFilter(netlink, name, ifindex, direction, true).removeQdiscIfUnused();
    }
    return removed;
  }

  /** True if this call made the discipline; false if there was one. */
  private static boolean addQdisc(Netlink netlink, int ifindex) {
    try (Arena arena = Arena.ofConfined()) {
      NetlinkSocket.Reply reply =
          netlink
              .socket()
              .request(
                  qdisc(arena, RTM_NEWQDISC, ACK | CREATE | EXCLUSIVE, ifindex)
                      .attribute(TCA_KIND, "clsact"));
      if (reply.errno() == Errno.EEXIST) {
        return false;
      }
      if (reply.errno() == Errno.ENOENT || reply.errno() == Errno.EOPNOTSUPP) {
        throw new KernelException(
            "this kernel has no clsact ("
                + reply.words()
                + "): modprobe sch_ingress cls_bpf, or"
                + " build it with CONFIG_NET_SCH_INGRESS and CONFIG_NET_CLS_BPF",
            reply.errno());
      }
      reply.orThrow("adding clsact to interface " + ifindex);
      return true;
    }
  }

  /** Removes the filter with our handle and {@code name}, never another's with the same handle. */
  private static boolean removeFilter(
      Netlink netlink, String name, int ifindex, Direction direction) {
    if (!filters(netlink, ifindex, direction).contains(name)) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      return netlink
              .socket()
              .request(
                  header(arena, RTM_DELTFILTER, ACK, ifindex, HANDLE, direction)
                      .attribute(TCA_KIND, "bpf"))
              .errno()
          == 0;
    }
  }

  /** Names of all bpf filters there; other filters by their handle. */
  static List<String> programs(Netlink netlink, int ifindex, Direction direction) {
    return filters(netlink, ifindex, direction).stream().sorted().toList();
  }

  /** Names of the filters there: of bpf filters with our handle their own, of others any text. */
  private static Set<String> filters(Netlink netlink, int ifindex, Direction direction) {
    Set<String> names = new HashSet<>();
    try (Arena arena = Arena.ofConfined()) {
      netlink
          .socket()
          .dump(
              "listing TC filters",
              header(arena, RTM_GETTFILTER, DUMP, ifindex, 0, direction),
              reply -> {
                int handle = reply.u32(8);
                NetlinkReply.Attributes attributes = reply.attributes(20);
                String name = attributes.nested(TCA_OPTIONS).string(TCA_BPF_NAME);
                if (handle != 0) { // each priority is also listed without a handle
                  names.add(handle == HANDLE ? name : "handle " + handle);
                }
              });
    } catch (KernelException e) {
      if (e.errno() != Errno.EINVAL && e.errno() != Errno.ENODEV && e.errno() != Errno.ENOENT) {
        throw e; // those three: no clsact there, or no interface
      }
    }
    return names;
  }

  private void removeQdiscIfUnused() {
    if (ownsQdisc
        && filters(netlink, ifindex, Direction.INGRESS).isEmpty()
        && filters(netlink, ifindex, Direction.EGRESS).isEmpty()) {
      try (Arena arena = Arena.ofConfined()) {
        netlink.socket().request(qdisc(arena, RTM_DELQDISC, ACK, ifindex));
      }
    }
  }

  /** struct tcmsg for a filter. */
  private static NetlinkMessage header(
      Arena arena, int type, int flags, int ifindex, int handle, Direction direction) {
    int parent = direction == Direction.INGRESS ? INGRESS_PARENT : EGRESS_PARENT;
    return tcmsg(arena, type, flags, ifindex, handle, parent, handle == 0 ? 0 : INFO);
  }

  private static NetlinkMessage qdisc(Arena arena, int type, int flags, int ifindex) {
    return tcmsg(arena, type, flags, ifindex, CLSACT_HANDLE, TC_H_CLSACT, 0);
  }

  private static NetlinkMessage tcmsg(
      Arena arena, int type, int flags, int ifindex, int handle, int parent, int info) {
    return new NetlinkMessage(arena, type, flags)
        .u8(0)
        .u8(0)
        .u16(0)
        .u32(ifindex)
        .u32(handle)
        .u32(parent)
        .u32(info);
  }

  @Override
  public boolean isAlive() {
    return filters(netlink, ifindex, direction).contains(name);
  }

  @Override
  public void pin(BpfPins pins, String name) {
    throw new KernelException(
        "on_exit: keep needs TCX links, Linux 6.6 or newer; set on_exit: open", Errno.EOPNOTSUPP);
  }

  /** An interface that is gone took its filter along: errors here mean nothing is left. */
  @Override
  public void close() {
    try (Arena arena = Arena.ofConfined()) {
      netlink
          .socket()
          .request(
              header(arena, RTM_DELTFILTER, ACK, ifindex, HANDLE, direction)
                  .attribute(TCA_KIND, "bpf"));
    }
    removeQdiscIfUnused();
  }
}
