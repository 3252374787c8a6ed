package dev.gander.dial;

import dev.gander.kernel.KernelException;
import dev.gander.kernel.Poller;
import dev.gander.kernel.TcpSocket;
import dev.gander.kernel.UdpSocket;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One platform thread that waits for all sockets towards servers and tells each one's owner when it
 * is ready. Owners do little there: take what came, and unpark the virtual thread that waits for
 * it.
 */
final class Reactor implements AutoCloseable {

  /** The owner of a socket. */
  @FunctionalInterface
  interface Owner {
    /** Called on the reactor's thread. */
    void ready(boolean failed);
  }

  private static final System.Logger LOG = System.getLogger("dev.gander.dial");

  private final Poller poller = Poller.open();
  private final ConcurrentHashMap<Long, Owner> owners = new ConcurrentHashMap<>();
  private final AtomicLong lastKey = new AtomicLong();
  private final Thread thread;

  Reactor(ThreadFactory threads) {
    thread = threads.newThread(this::run);
    thread.start();
  }

  private void run() {
    int ready = 0;
    while (ready >= 0) {
      for (int i = 0; i < ready; i++) {
        tell(poller.key(i), poller.failed(i));
      }
      ready = poller.await(-1);
    }
  }

  private void tell(long key, boolean failed) {
    Owner owner = owners.get(key);
    if (owner == null) {
      return;
    }
    try {
      owner.ready(failed);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "a socket towards a server failed", e);
    }
  }

  /** Tells {@code owner} whenever the socket can be read; the key for {@link #remove}. */
  long add(UdpSocket socket, Owner owner) {
    long key = lastKey.incrementAndGet();
    owners.put(key, owner);
    try {
      poller.add(socket, key);
    } catch (KernelException e) {
      owners.remove(key);
      throw e;
    }
    return key;
  }

  /** Tells {@code owner} each time after {@link #once}; the key for it. */
  long add(TcpSocket socket, Owner owner) {
    long key = lastKey.incrementAndGet();
    owners.put(key, owner);
    try {
      poller.add(socket, key);
    } catch (KernelException e) {
      owners.remove(key);
      throw e;
    }
    return key;
  }

  /** Tells the socket's owner once, when it can be read or written as asked. */
  void once(TcpSocket socket, long key, boolean toRead, boolean toWrite) {
    poller.once(socket, key, toRead, toWrite);
  }

  /** Forgets the owner; its socket leaves by being closed. */
  void remove(long key) {
    owners.remove(key);
  }

  /** Ends the thread; sockets stay open. */
  @Override
  public void close() {
    poller.close();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
