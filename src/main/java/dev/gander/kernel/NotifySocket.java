package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Sends one datagram to a unix socket: what sd_notify(3) asks for, and the JDK has no unix datagram
 * sockets. Platform threads only.
 */
public final class NotifySocket {

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int PATH_OFFSET = 2;
  private static final int PATH_CAPACITY = 108;

  private NotifySocket() {}

  /**
   * Sends {@code message} to {@code address}: a path, or a name of the abstract namespace after
   * {@code @}, as in {@code $NOTIFY_SOCKET}.
   *
   * @throws KernelException if nobody receives there, or the address is longer than 107 bytes
   */
  public static void send(String address, String message) {
    byte[] name = address.getBytes(StandardCharsets.UTF_8);
    if (name.length >= PATH_CAPACITY) {
      throw new KernelException(
          "notification socket '" + address + "' is longer than 107 bytes", Errno.EINVAL);
    }
    byte[] payload = message.getBytes(StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(PATH_OFFSET + PATH_CAPACITY);
      to.set(Libc.SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, to, Libc.BYTE, PATH_OFFSET, name.length);
      boolean hidden = address.startsWith("@");
      if (hidden) {
        to.set(Libc.BYTE, PATH_OFFSET, (byte) 0);
      }
      // An abstract name ends with its length, a path with a zero byte.
      int length = PATH_OFFSET + name.length + (hidden ? 0 : 1);
      MemorySegment data = arena.allocate(Math.max(1, payload.length));
      MemorySegment.copy(payload, 0, data, Libc.BYTE, 0, payload.length);
      long socket =
          Libc.checked(
              "socket(AF_UNIX, SOCK_DGRAM)",
              Libc.syscall(SystemCall.SOCKET, AF_UNIX, SOCK_DGRAM_CLOEXEC, 0, 0, 0, 0));
      try {
        Libc.checked(
            "sendto(" + address + ")",
            Libc.syscall(
                SystemCall.SENDTO,
                socket,
                data.address(),
                payload.length,
                MSG_NOSIGNAL,
                to.address(),
                length));
      } finally {
        Libc.syscall(SystemCall.CLOSE, socket, 0, 0, 0, 0, 0);
      }
    }
  }
}
