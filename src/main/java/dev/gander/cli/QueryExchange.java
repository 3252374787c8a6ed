package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.daemon.Endpoints;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;

/** Sends one query and waits for its answer, over UDP with retries, or over TCP. */
final class QueryExchange {

  /**
   * What to ask.
   *
   * @param subnet EDNS Client Subnet to send, RFC 7871
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Ask(
      byte[] name,
      int type,
      boolean recursion,
      boolean dnssec,
      boolean checkingDisabled,
      boolean edns,
      Optional<Subnet> subnet) {}

  /** {@code ADDRESS/PREFIX} of {@code --subnet}. */
  record Subnet(InetAddress address, int prefix) {}

  /** The answer's bytes and what it took. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Outcome(byte[] wire, String transport, long nanos) {}

  private static final int UDP_SIZE = 1232;

  private final Clock clock;
  private final InetSocketAddress server;
  private final Duration patience;
  private final int tries;

  QueryExchange(Clock clock, InetSocketAddress server, Duration patience, int tries) {
    this.clock = clock;
    this.server = server;
    this.patience = patience;
    this.tries = tries;
  }

  /**
   * Asks over UDP.
   *
   * @throws IOException if no answer came in any try
   */
  Outcome udp(Ask ask) throws IOException {
    byte[] query = encode(ask);
    try (DatagramSocket socket = new DatagramSocket()) {
      // A connected socket hears the ICMP error of a closed port, and takes packets of no one else.
      socket.connect(server);
      for (int attempt = 0; attempt < tries; attempt++) {
        long sent = clock.nanoTime();
        socket.send(new DatagramPacket(query, query.length));
        Optional<byte[]> answer = receive(socket, query, sent + patience.toNanos());
        if (answer.isPresent()) {
          return new Outcome(answer.get(), "udp", clock.nanoTime() - sent);
        }
      }
    } catch (PortUnreachableException e) {
      throw new IOException("nothing listens on " + Endpoints.text(server) + " (udp)", e);
    }
    throw new IOException(
        "no answer from " + Endpoints.text(server) + " (udp), asked " + tries + " times");
  }

  private Optional<byte[]> receive(DatagramSocket socket, byte[] query, long deadline)
      throws IOException {
    byte[] buffer = new byte[65535];
    while (true) {
      long left = deadline - clock.nanoTime();
      if (left <= 0) {
        return Optional.empty();
      }
      socket.setSoTimeout((int) Math.max(1, left / 1_000_000));
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException e) {
        return Optional.empty();
      }
      if (answers(query, buffer, packet.getLength())) {
        return Optional.of(java.util.Arrays.copyOf(buffer, packet.getLength()));
      }
    }
  }

  /**
   * Asks over TCP.
   *
   * @throws IOException if it cannot connect or no answer comes in time
   */
  Outcome tcp(Ask ask) throws IOException {
    byte[] query = encode(ask);
    try (Socket socket = new Socket()) {
      long start = clock.nanoTime();
      socket.connect(server, (int) patience.toMillis());
      socket.setSoTimeout((int) patience.toMillis());
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      ByteArrayOutputStream frame = new ByteArrayOutputStream();
      new DataOutputStream(frame).writeShort(query.length);
      frame.writeBytes(query);
      out.write(frame.toByteArray());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] answer = in.readNBytes(in.readUnsignedShort());
      if (!answers(query, answer, answer.length)) {
        throw new IOException(Endpoints.text(server) + " answered something else (tcp)");
      }
      return new Outcome(answer, "tcp", clock.nanoTime() - start);
    } catch (SocketTimeoutException e) {
      throw new IOException("no answer from " + Endpoints.text(server) + " (tcp) in time", e);
    }
  }

  private static boolean answers(byte[] query, byte[] answer, int length) {
    return length >= 12
        && answer[0] == query[0]
        && answer[1] == query[1]
        && (answer[2] & 0x80) != 0;
  }

  static byte[] encode(Ask ask) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(new SecureRandom().nextInt(0x10000));
    out.writeShort((ask.recursion() ? 0x0100 : 0) | (ask.checkingDisabled() ? 0x0010 : 0));
    out.writeShort(1);
    out.writeShort(0);
    out.writeShort(0);
    out.writeShort(ask.edns() ? 1 : 0);
    out.write(ask.name());
    out.writeShort(ask.type());
    out.writeShort(1);
    if (ask.edns()) {
      out.writeByte(0);
      out.writeShort(41);
      out.writeShort(UDP_SIZE);
      out.writeInt(ask.dnssec() ? 0x8000 : 0);
      byte[] option = ask.subnet().isPresent() ? subnetOption(ask.subnet().get()) : new byte[0];
      out.writeShort(option.length);
      out.write(option);
    }
    return bytes.toByteArray();
  }

  /** RFC 7871 § 6: only as many bytes as the prefix needs, the bits behind it zero. */
  private static byte[] subnetOption(Subnet subnet) throws IOException {
    byte[] address = subnet.address().getAddress();
    int length = (subnet.prefix() + 7) / 8;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(8);
    out.writeShort(4 + length);
    out.writeShort(address.length == 4 ? 1 : 2);
    out.writeByte(subnet.prefix());
    out.writeByte(0);
    if (length > 0 && subnet.prefix() % 8 != 0) {
      address[length - 1] &= (byte) (0xff << (8 - subnet.prefix() % 8));
    }
    out.write(address, 0, length);
    return bytes.toByteArray();
  }
}
