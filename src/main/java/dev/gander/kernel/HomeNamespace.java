package dev.gander.kernel;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The network namespace of the thread that made this: sockets are opened in it, whatever thread
 * asks. A thread may be elsewhere without knowing it, for threads inherit their creator's
 * namespace. Where the kernel is older than 5.14 and cannot tell, the asking thread is trusted. Any
 * thread.
 */
public final class HomeNamespace {

  /** By number: there is one, but for tests. Never closed, as gander's home is there to stay. */
  private static final ConcurrentHashMap<Long, HomeNamespace> KNOWN = new ConcurrentHashMap<>();

  /** 0: the kernel has no such numbers. */
  private final long cookie;

  private final int namespace;

  private HomeNamespace(long cookie, int namespace) {
    this.cookie = cookie;
    this.namespace = namespace;
  }

  /** The calling thread's. */
  public static HomeNamespace here() {
    return KNOWN.computeIfAbsent(NetworkNamespace.cookieIfKnown(), HomeNamespace::open);
  }

  private static HomeNamespace open(long cookie) {
    long fd = NetworkNamespace.openCurrent();
    return new HomeNamespace(fd < 0 ? 0 : cookie, (int) fd);
  }

  /** A new TCP socket. */
  public TcpSocket tcp(IpFamily family) {
    return atHome(() -> TcpSocket.open(family), it -> it.descriptor().fd());
  }

  /** A new socket of Multipath TCP; null if this kernel has none. */
  public @Nullable TcpSocket multipath(IpFamily family) {
    return atHome(() -> TcpSocket.openMultipath(family), it -> it.descriptor().fd());
  }

  /** A new UDP socket, bound to nothing. */
  public UdpSocket udp(IpFamily family, Set<UdpSocket.Option> options) {
    return atHome(() -> UdpSocket.open(family, options), UdpSocket::fd);
  }

  private <T extends @Nullable AutoCloseable> T atHome(Supplier<T> open, ToIntFunction<T> fd) {
    T socket = open.get();
    if (socket == null || cookie == 0 || Sockets.namespace(fd.applyAsInt(socket)) == cookie) {
      return socket;
    }
    try {
      socket.close();
    } catch (Exception e) {
      throw new AssertionError("closing a socket throws nothing", e);
    }
    return onThreadOfItsOwn(open);
  }

  /** Few ever come here: the thread lives for one socket. */
  private <T extends @Nullable Object> T onThreadOfItsOwn(Supplier<T> open) {
    FutureTask<T> task =
        new FutureTask<>(() -> {
          NetworkNamespace.enter(namespace);
          return open.get();
        });
    Thread.ofPlatform().daemon().name("gander-home").start(task);
    return NetworkNamespace.await(task);
  }
}
