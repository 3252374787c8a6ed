package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A NETLINK_ROUTE socket: sends a request, waits for its acknowledgement or for the end of its
 * dump. The kernel answers inside sendto(2), so nothing here waits long. It speaks for the network
 * namespace of the thread that made it; afterwards any one thread at a time may use it.
 */
final class NetlinkSocket implements AutoCloseable {

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int FLAG_ACK_TLVS = 0x200;
  private static final int EXTENDED_MESSAGE = 1;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(64 << 10, 8);
  private final int fd;
  private int sequence;

  /**
   * @param groups multicast groups to hear, as the bit mask of sockaddr_nl; 0 for requests only
   */
  NetlinkSocket(int groups) {
    fd =
        (int)
            Libc.checked(
                "opening a netlink socket",
                Libc.syscall(SystemCall.SOCKET, AF_NETLINK, SOCK_RAW_CLOEXEC, 0, 0, 0, 0));
    MemorySegment one = buffer.asSlice(0, 4);
    one.set(Libc.INT, 0, 1);
    for (int option : new int[] {NETLINK_CAP_ACK, NETLINK_EXT_ACK}) {
      Libc.checked(
          "netlink option " + option,
          Libc.syscall(SystemCall.SETSOCKOPT, fd, SOL_NETLINK, option, one.address(), 4, 0));
    }
    MemorySegment address = buffer.asSlice(8, 12).fill((byte) 0);
    address.set(Libc.SHORT, 0, (short) AF_NETLINK);
    address.set(Libc.INT, 8, groups);
    Libc.checked(
        "binding a netlink socket",
        Libc.syscall(SystemCall.BIND, fd, address.address(), 12, 0, 0, 0));
  }

  /** Sends and waits for the acknowledgement: 0, or the negated errno, with the kernel's words. */
  synchronized Reply request(NetlinkMessage message) {
    Reply[] reply = {null};
    exchange(message, ignored -> {}, result -> reply[0] = result);
    return reply[0];
  }

  /** As {@link #request}; an error throws, {@code what} says what was tried. */
  void command(String what, NetlinkMessage message) {
    request(message).orThrow(what);
  }

  /** Sends a dump request and hands over each message of the answer, valid during the call. */
  synchronized void dump(String what, NetlinkMessage message, Consumer<NetlinkReply> each) {
    exchange(message, each, result -> result.orThrow(what));
  }

  /** What the kernel said to a request. */
  record Reply(int errno, String words) {

    void orThrow(String what) {
      if (errno != 0) {
        throw new KernelException(
            what + ": " + Errno.describe(errno) + (words.isEmpty() ? "" : ": " + words), errno);
      }
    }
  }

  private void exchange(
      NetlinkMessage message, Consumer<NetlinkReply> each, Consumer<Reply> result) {
    MemorySegment bytes = message.finish(++sequence);
    Libc.checked(
        "sending to netlink",
        Libc.syscall(SystemCall.SENDTO, fd, bytes.address(), bytes.byteSize(), 0, 0, 0));
    while (true) {
      long received = receive();
      for (long at = 0; at + NetlinkMessage.HEADER <= received; ) {
        NetlinkReply reply = NetlinkReply.at(buffer, at);
        if (reply.sequence() == sequence) {
          if (reply.type() == NLMSG_ERROR || reply.type() == NLMSG_DONE) {
            result.accept(verdict(reply));
            return;
          }
          each.accept(reply);
        }
        at += (reply.length() + 3) & ~3;
      }
    }
  }

  private static Reply verdict(NetlinkReply reply) {
    int errno = reply.length() >= NetlinkMessage.HEADER + 4 ? -reply.u32(0) : 0;
    String words = "";
    if (reply.type() == NLMSG_ERROR && (reply.flags() & FLAG_ACK_TLVS) != 0) {
      // Header of the request follows the error; its payload is left out (NETLINK_CAP_ACK).
      words = reply.attributes(4 + NetlinkMessage.HEADER).string(EXTENDED_MESSAGE);
    }
    return new Reply(errno, words);
  }

  /** Blocks for the next datagram; its bytes are in the buffer. */
  private long receive() {
    while (true) {
      long received =
          Libc.syscall(SystemCall.RECVFROM, fd, buffer.address(), buffer.byteSize(), 0, 0, 0);
      if (received != -Errno.EINTR) {
        return Libc.checked("receiving from netlink", received);
      }
    }
  }

  /**
   * Waits until the kernel says something that {@code matters}, and reads all that has come behind
   * it; what they say is not kept. Overrun (ENOBUFS) matters: something was said.
   */
  void awaitAny(Predicate<NetlinkReply> matters) {
    boolean heard = false;
    while (!heard) {
      long received = hear(0);
      heard = received == -Errno.EINTR || isHeard(received, matters);
      while (received > 0) {
        received = hear(MSG_DONTWAIT);
        heard |= received != -Errno.EAGAIN && isHeard(received, matters);
      }
    }
  }

  private boolean isHeard(long received, Predicate<NetlinkReply> matters) {
    if (received == -Errno.ENOBUFS) {
      return true;
    }
    Libc.checked("receiving from netlink", received);
    for (long at = 0; at + NetlinkMessage.HEADER <= received; ) {
      NetlinkReply said = NetlinkReply.at(buffer, at);
      if (matters.test(said)) {
        return true;
      }
      at += (Math.max(NetlinkMessage.HEADER, said.length()) + 3) & ~3L;
    }
    return false;
  }

  private long hear(int flags) {
    return Libc.syscall(SystemCall.RECVFROM, fd, buffer.address(), buffer.byteSize(), flags, 0, 0);
  }

  /** Makes the kernel say something to this socket; wakes {@link #awaitAny} on another thread. */
  void poke() {
    try (Arena own = Arena.ofConfined()) {
      MemorySegment bytes =
          new NetlinkMessage(own, Netlink.RTM_GETLINK, NetlinkMessage.ACK)
              .linkHeader(1, 0, 0)
              .finish(0);
      Libc.syscall(SystemCall.SENDTO, fd, bytes.address(), bytes.byteSize(), 0, 0, 0);
    }
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
    arena.close();
  }
}
