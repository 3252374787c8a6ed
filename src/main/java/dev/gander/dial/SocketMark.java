package dev.gander.dial;

import dev.gander.kernel.TcpSocket;
import dev.gander.kernel.UdpSocket;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The firewall mark of gander's own traffic ({@code so_mark_from_dae}), by which the kernel side
 * and the user's rules know it. Any thread.
 */
public final class SocketMark {

  /** The mark where the configuration names none, as in dae. */
  public static final int DEFAULT = 0x100;

  private static final System.Logger LOG = System.getLogger("dev.gander.dial");

  private final int value;
  private final boolean required;
  private final AtomicBoolean told = new AtomicBoolean();

  private SocketMark(int value, boolean required) {
    this.value = value;
    this.required = required;
  }

  /**
   * As the configuration says.
   *
   * @param configured {@code so_mark_from_dae}; 0 where it is not set: then {@link #DEFAULT}, or no
   *     mark at all where the process may not set one
   */
  public static SocketMark of(int configured) {
    return configured == 0 ? new SocketMark(DEFAULT, false) : new SocketMark(configured, true);
  }

  /** For programs that are no part of the daemon: where no mark may be set, nothing is said. */
  public static SocketMark none() {
    SocketMark mark = new SocketMark(0, false);
    mark.told.set(true);
    return mark;
  }

  void on(UdpSocket socket) throws IOException {
    check(socket.mark(value));
  }

  void on(TcpSocket socket) throws IOException {
    check(socket.mark(value));
  }

  private void check(boolean marked) throws IOException {
    if (marked) {
      return;
    }
    if (required) {
      throw new IOException(
          "so_mark_from_dae is set, but this process may not mark its traffic: run as root or with"
              + " CAP_NET_ADMIN, or remove so_mark_from_dae");
    }
    if (!told.getAndSet(true)) {
      LOG.log(
          System.Logger.Level.INFO,
          "no CAP_NET_ADMIN: queries to upstreams leave without a firewall mark");
    }
  }
}
