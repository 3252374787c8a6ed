package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A thread that lives in a named network namespace; threads begun by its work live there too. */
public final class TestNamespace implements AutoCloseable {

  private static final int CLONE_NEWNET = 0x40000000;
  private static final int SOL_UDP = 17;
  private static final int UDP_SEGMENT = 103;
  private static final int AT_FDCWD = -100;
  private static final int SIOCETHTOOL = 0x8946;
  private static final int ETHTOOL_STXCSUM = 0x17;

  private final String name;
  private final ExecutorService thread;

  public TestNamespace(String name) throws Exception {
    this.name = name;
    this.thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("test-" + name).daemon().factory());
    call(() -> {
      enter("/run/netns/" + name);
      return null;
    });
  }

  private static void enter(String path) {
    try (Arena arena = Arena.ofConfined()) {
      long fd =
          Libc.checked(
              "open " + path,
              Libc.syscall(
                  SystemCall.OPENAT, AT_FDCWD, arena.allocateFrom(path).address(), 0, 0, 0, 0));
      Libc.checked("setns", Libc.syscall(SystemCall.SETNS, fd, CLONE_NEWNET, 0, 0, 0, 0));
      FileDescriptor.close((int) fd);
    }
  }

  public String name() {
    return name;
  }

  /** Runs {@code task} inside and waits; what it throws is thrown here. */
  public <T> T call(Callable<T> task) throws Exception {
    try {
      return thread.submit(task).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** The interface computes no checksums, so that the kernel must before it sends. */
  public void withoutTxChecksums(String device) throws Exception {
    call(() -> {
      int fd = Sockets.open(IpFamily.IPV4, Sockets.DATAGRAM, false);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment value = arena.allocate(8, 4);
        value.set(Libc.INT, 0, ETHTOOL_STXCSUM);
        MemorySegment request = arena.allocate(40, 8);
        request.setString(0, device);
        request.set(Libc.LONG, 16, value.address());
        return Libc.checked(
            "ethtool -K " + device + " tx off",
            Libc.syscall(TestCalls.IOCTL, fd, SIOCETHTOOL, request.address(), 0, 0, 0));
      } finally {
        FileDescriptor.close(fd);
      }
    });
  }

  /**
   * From now on each send is cut into datagrams of {@code bytes} by the interface (UDP_SEGMENT).
   */
  public static void segment(UdpSocket socket, int bytes) {
    Libc.checked("UDP_SEGMENT", -Sockets.set(socket.fd(), SOL_UDP, UDP_SEGMENT, bytes));
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
