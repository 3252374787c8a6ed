package dev.gander.dial;

import dev.gander.kernel.HomeNamespace;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.KernelException;
import dev.gander.kernel.TcpSocket;
import dev.gander.kernel.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Makes sockets towards servers as their terms say. Any thread. */
final class Sockets {

  private static final System.Logger LOG = System.getLogger("dev.gander.dial");
  private static final int RECEIVE_BUFFER = 1 << 20;

  /** Said once in the life of the process. */
  private static final AtomicBoolean NO_MULTIPATH_TOLD = new AtomicBoolean();

  private final SocketTerms terms;
  private final HomeNamespace home;

  Sockets(SocketTerms terms) {
    this.terms = terms;
    home = terms.home();
  }

  /**
   * A TCP socket, not connected.
   *
   * @throws IOException if the machine has no such family, interface or address, no descriptor is
   *     left, or marking is required and not allowed
   */
  TcpSocket tcp(IpFamily family) throws IOException {
    try {
      TcpSocket multipath = terms.multipath() ? multipath(family) : null;
      TcpSocket socket = multipath == null ? home.tcp(family) : multipath;
      try {
        terms.mark().on(socket);
        terms.binding().device().ifPresent(socket::bindToDevice);
        source(family).ifPresent(it -> socket.bind(new InetSocketAddress(it, 0)));
        if (terms.fastOpen()) {
          boolean _ = socket.fastOpen();
        }
        return socket;
      } catch (IOException | KernelException e) {
        socket.close();
        throw e;
      }
    } catch (KernelException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private @Nullable TcpSocket multipath(IpFamily family) {
    TcpSocket socket = home.multipath(family);
    if (socket == null && !NO_MULTIPATH_TOLD.getAndSet(true)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "mptcp is set, but this kernel has no Multipath TCP, or net.mptcp.enabled is 0: TCP is used");
    }
    return socket;
  }

  /**
   * A UDP socket on a random port, with room for a burst.
   *
   * @param options beside what the terms say
   * @throws IOException as for {@link #tcp}
   */
  UdpSocket udp(IpFamily family, EnumSet<UdpSocket.Option> options) throws IOException {
    try {
      UdpSocket socket = home.udp(family, options);
      try {
        terms.mark().on(socket);
        terms.binding().device().ifPresent(socket::bindToDevice);
        socket.receiveBuffer(RECEIVE_BUFFER);
        InetAddress any = InetAddress.ofLiteral(family == IpFamily.IPV4 ? "0.0.0.0" : "::");
        socket.bind(new InetSocketAddress(source(family).orElse(any), 0));
        return socket;
      } catch (IOException | KernelException e) {
        socket.close();
        throw e;
      }
    } catch (KernelException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private Optional<InetAddress> source(IpFamily family) {
    return terms.binding().addresses().stream().filter(it -> IpFamily.of(it) == family).findFirst();
  }
}
