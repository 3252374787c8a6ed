package dev.gander.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace without a name, held by one platform thread and by the sockets made on it. It
 * ends with them, also after kill -9: links, routes and rules in it need no cleaning up.
 *
 * <p>Threads inherit their creator's namespace. Work given to {@link #call} must therefore start no
 * thread, neither by hand nor through an executor or a virtual thread.
 */
public final class NetworkNamespace implements AutoCloseable {

  private static final int CLONE_NEWNET = 0x40000000;
  private static final int AT_FDCWD = -100;
  private static final int O_CLOEXEC = 0x80000;

  private final LinkedBlockingQueue<FutureTask<?>> work = new LinkedBlockingQueue<>();
  private final Thread thread;
  private int fd;
  private volatile boolean closed;

  private NetworkNamespace(String threadName) {
    thread = Thread.ofPlatform().name(threadName).daemon().unstarted(this::live);
  }

  /**
   * Makes the namespace; only its loopback exists in it, down.
   *
   * @throws KernelException EPERM without CAP_SYS_ADMIN
   */
  public static NetworkNamespace create(String threadName) {
    // Loads everything the thread will need here, so that no helper thread is born inside.
    FileDescriptor.close(-1);
    NetworkNamespace namespace = new NetworkNamespace(threadName);
    namespace.thread.start();
    try {
      namespace.fd = namespace.call(NetworkNamespace::enterNew);
    } catch (KernelException e) {
      namespace.close();
      throw e;
    }
    return namespace;
  }

  /** Which namespace the calling thread is in; equal texts are the same one. */
  public static String current() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
    } catch (IOException e) {
      throw new KernelException("asking for the network namespace: " + e.getMessage(), 0);
    }
  }

  /** Runs on the namespace's thread; its descriptor of the namespace is the result. */
  private static Integer enterNew() {
    long entered = Libc.syscall(SystemCall.UNSHARE, CLONE_NEWNET, 0, 0, 0, 0, 0);
    if (entered == -Errno.EPERM) {
      throw new KernelException(
          "making a network namespace needs CAP_SYS_ADMIN: run as root, or give the service"
              + " AmbientCapabilities=CAP_NET_ADMIN CAP_SYS_ADMIN",
          Errno.EPERM);
    }
    Libc.checked("making a network namespace", entered);
    return (int) Libc.checked("opening the new network namespace", openCurrent());
  }

  /** The number by which programs know the calling thread's namespace; no other ever has it. */
  public static long cookie() {
    long cookie = cookieIfKnown();
    if (cookie == 0) {
      throw new KernelException(
          "asking for the number of the network namespace needs Linux 5.14", Errno.ENOPROTOOPT);
    }
    return cookie;
  }

  /** As {@link #cookie}; 0 where the kernel has no such numbers. */
  static long cookieIfKnown() {
    int fd = Sockets.open(IpFamily.IPV4, Sockets.DATAGRAM, false);
    try {
      return Sockets.namespace(fd);
    } finally {
      FileDescriptor.close(fd);
    }
  }

  /** A descriptor of the calling thread's namespace, or the negated errno. */
  static long openCurrent() {
    try (Arena arena = Arena.ofConfined()) {
      return Libc.syscall(
          SystemCall.OPENAT,
          AT_FDCWD,
          arena.allocateFrom("/proc/thread-self/ns/net").address(),
          O_CLOEXEC,
          0,
          0,
          0);
    }
  }

  /** Takes the calling thread, which must be a platform's, to another namespace. */
  static void enter(int namespace) {
    Libc.checked(
        "entering a network namespace",
        Libc.syscall(SystemCall.SETNS, namespace, CLONE_NEWNET, 0, 0, 0, 0));
  }

  /**
   * Runs {@code task} inside and waits for its result; what it throws is thrown here. From the
   * namespace's own thread it runs at once.
   */
  public <T extends @Nullable Object> T call(Supplier<T> task) {
    if (Thread.currentThread() == thread) {
      return task.get();
    }
    if (closed) {
      throw new IllegalStateException("the namespace is closed");
    }
    FutureTask<T> future = new FutureTask<>(task::get);
    work.add(future);
    return await(future);
  }

  /** As {@link #call}, without a result. */
  public void run(Runnable task) {
    this.<@Nullable Void>call(() -> {
      task.run();
      return null;
    });
  }

  /** The task's result; what it throws is thrown here. Not interruptible. */
  static <T extends @Nullable Object> T await(FutureTask<T> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true; // half-done kernel work is worse than a late reaction
        } catch (ExecutionException e) {
          switch (e.getCause()) {
            case KernelException refused -> throw refused;
            case RuntimeException failed -> throw failed;
            case Error failed -> throw failed;
            case null, default -> throw new AssertionError("such tasks throw nothing else", e);
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void live() {
    try {
      while (!closed) {
        work.take().run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody but close() knows this thread
    }
  }

  /** A descriptor of the namespace, for netlink; valid until {@link #close}. */
  int fd() {
    return fd;
  }

  /** Ends the thread. The namespace itself ends with the last socket made in it. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    run(() -> closed = true);
    if (fd > 0) {
      FileDescriptor.close(fd);
    }
  }
}
