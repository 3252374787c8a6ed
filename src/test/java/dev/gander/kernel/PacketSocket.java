package dev.gander.kernel;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Whole frames to and from one interface (packet(7)), VLAN tags in place. */
public final class PacketSocket implements AutoCloseable {

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int ETH_P_ALL = 0x0300; // 3 in network order
  private static final int SOL_PACKET = 263;
  private static final int PACKET_AUXDATA = 8;
  private static final int PACKET_IGNORE_OUTGOING = 23;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int VLAN_VALID = 0x10;
  private static final int VLAN_TPID_VALID = 0x40;

  private final Arena arena = Arena.ofShared();
  private final int fd;

  /** On the calling thread's namespace; receive waits up to {@code millis}. */
  public PacketSocket(int ifindex, int millis) {
    fd =
        (int)
            Libc.checked(
                "packet socket",
                Libc.syscall(SystemCall.SOCKET, AF_PACKET, SOCK_RAW, ETH_P_ALL, 0, 0, 0));
    MemorySegment address = arena.allocate(20, 4);
    address.set(Libc.SHORT, 0, (short) AF_PACKET);
    address.set(Libc.SHORT, 2, (short) ETH_P_ALL);
    address.set(Libc.INT, 4, ifindex);
    Libc.checked("bind", Libc.syscall(SystemCall.BIND, fd, address.address(), 20, 0, 0, 0));
    option(SOL_PACKET, PACKET_AUXDATA, 1);
    option(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    timeout(millis);
  }

  private void option(int level, int option, int value) {
    Libc.checked("option " + option, -Sockets.set(fd, level, option, value));
  }

  /** How long a receive waits from now on. */
  public void timeout(int millis) {
    MemorySegment time = arena.allocate(16, 8);
    time.set(Libc.LONG, 0, millis / 1000);
    time.set(Libc.LONG, 8, millis % 1000 * 1000L);
    Libc.checked(
        "timeout",
        Libc.syscall(SystemCall.SETSOCKOPT, fd, SOL_SOCKET, SO_RCVTIMEO, time.address(), 16, 0));
  }

  /** The descriptor; stays this object's. */
  public int fd() {
    return fd;
  }

  public void send(byte[] frame) {
    try (Arena own = Arena.ofConfined()) {
      MemorySegment bytes = own.allocate(frame.length, 1);
      bytes.copyFrom(MemorySegment.ofArray(frame));
      Libc.checked(
          "send", Libc.syscall(SystemCall.SENDTO, fd, bytes.address(), frame.length, 0, 0, 0));
    }
  }

  /** The next frame that arrives, or null after the time. */
  public byte @Nullable [] receive() {
    try (Arena own = Arena.ofConfined()) {
      MemorySegment data = own.allocate(65536, 8);
      MemorySegment control = own.allocate(128, 8);
      MemorySegment iov = own.allocate(16, 8);
      iov.set(Libc.LONG, 0, data.address());
      iov.set(Libc.LONG, 8, data.byteSize());
      MemorySegment message = own.allocate(56, 8);
      message.set(Libc.LONG, 16, iov.address());
      message.set(Libc.LONG, 24, 1L);
      message.set(Libc.LONG, 32, control.address());
      message.set(Libc.LONG, 40, control.byteSize());
      long got = Libc.syscall(TestCalls.RECVMSG, fd, message.address(), 0, 0, 0, 0);
      if (got == -Errno.EAGAIN) {
        return null;
      }
      Libc.checked("receive", got);
      byte[] frame = data.asSlice(0, got).toArray(Libc.BYTE);
      return withTag(frame, control);
    }
  }

  /** Puts the tag that the kernel keeps beside the frame back into it. */
  private static byte[] withTag(byte[] frame, MemorySegment control) {
    int status = control.get(Libc.INT, 16);
    if (control.get(Libc.INT, 8) != SOL_PACKET || (status & VLAN_VALID) == 0) {
      return frame;
    }
    int tci = control.get(Libc.SHORT, 32) & 0xffff;
    int tpid = (status & VLAN_TPID_VALID) == 0 ? 0x8100 : control.get(Libc.SHORT, 34) & 0xffff;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(frame, 0, 12);
    out.write(tpid >> 8);
    out.write(tpid);
    out.write(tci >> 8);
    out.write(tci);
    out.write(frame, 12, frame.length - 12);
    return out.toByteArray();
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
    arena.close();
  }
}
