package dev.gander.intercept;

import dev.gander.kernel.KernelFeatures;
import dev.gander.kernel.Lab;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.PacketSocket;
import dev.gander.kernel.TestNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/** A lab whose router intercepts on lan0 and echoes what it takes. */
final class Rig implements AutoCloseable {

  static final KernelFeatures KERNEL = KernelFeatures.probe();

  final Lab lab;
  final Interceptor interceptor;
  final EchoServer server;

  Rig(char client, char router, KernelFeatures features) throws Exception {
    lab = new Lab(client, router);
    interceptor = inRouter(() -> Interceptor.open(2, features));
    server = inRouter(() -> new EchoServer(interceptor, 2, features.receiveMark()));
    inRouter(() -> apply("lan0"));
  }

  private int apply(String... interfaces) {
    interceptor.apply(List.of(interfaces));
    return interfaces.length;
  }

  static KernelFeatures without(boolean tcx, boolean receiveMark, boolean redirectPeer) {
    return new KernelFeatures(
        KERNEL.tcx() && !tcx,
        KERNEL.receiveMark() && !receiveMark,
        KERNEL.redirectPeer() && !redirectPeer,
        KERNEL.ipv6(),
        KERNEL.btf(),
        KERNEL.release());
  }

  <T> T inRouter(Callable<T> task) throws Exception {
    return lab.router().call(task);
  }

  int ifindex(TestNamespace namespace, String name) throws Exception {
    return namespace.call(() -> {
      try (Netlink netlink = Netlink.open()) {
        return netlink.link(name).orElseThrow().ifindex();
      }
    });
  }

  /** Asks from the client's socket; the address that answered, or "nobody". */
  String ask(String asked) throws Exception {
    return ask(lab, asked, 53, "a query of more than twenty bytes").from();
  }

  record Reply(String from, int length) {}

  /** Asks from the client's socket and waits up to 2 s for any reply of the port asked. */
  static Reply ask(Lab lab, String asked, int port, String text) throws Exception {
    return lab.client().call(() -> exchange(asked, port, text, 2000));
  }

  static Reply exchange(String asked, int port, String text, int millis) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
      socket.setSoTimeout(millis);
      socket.send(
          new DatagramPacket(
              payload, payload.length, new InetSocketAddress(InetAddress.getByName(asked), port)));
      DatagramPacket reply = new DatagramPacket(new byte[65536], 65536);
      socket.receive(reply);
      return new Reply(reply.getAddress().getHostAddress(), reply.getLength());
    } catch (SocketTimeoutException e) {
      return new Reply("nobody", 0);
    }
  }

  /** Sends frames from the client's wire and reads the first UDP frame that comes back. */
  Frame.Read exchange(byte[]... frames) throws Exception {
    return lab.client()
        .call(() -> {
          int eth0;
          try (Netlink netlink = Netlink.open()) {
            eth0 = netlink.link("eth0").orElseThrow().ifindex();
          }
          try (PacketSocket wire = new PacketSocket(eth0, 2000)) {
            for (byte[] frame : frames) {
              wire.send(frame);
            }
            return firstUdp(wire);
          }
        });
  }

  private static Frame.Read firstUdp(PacketSocket wire) throws Exception {
    while (true) {
      byte[] frame = wire.receive();
      if (frame == null) {
        throw new AssertionError("no reply within 2 s");
      }
      Frame.Read read = Frame.read(frame);
      if (read != null) {
        return read;
      }
    }
  }

  /** Sends frames that nobody is to answer. */
  void send(byte[]... frames) throws Exception {
    lab.client()
        .call(() -> {
          int eth0;
          try (Netlink netlink = Netlink.open()) {
            eth0 = netlink.link("eth0").orElseThrow().ifindex();
          }
          try (PacketSocket wire = new PacketSocket(eth0, 1)) {
            for (byte[] frame : frames) {
              wire.send(frame);
            }
          }
          return 0;
        });
  }

  /** Counters that {@code work} moved, and by how much. */
  Map<String, Long> counted(Work work) throws Exception {
    Map<String, Long> before = interceptor.counters();
    work.run();
    Map<String, Long> moved = new TreeMap<>();
    interceptor
        .counters()
        .forEach((name, value) -> {
          long by = value - before.getOrDefault(name, 0L);
          if (by != 0) {
            moved.put(name, by);
          }
        });
    return moved;
  }

  interface Work {
    void run() throws Exception;
  }

  @Override
  public void close() throws IOException {
    server.close();
    interceptor.close();
    lab.close();
  }
}
