package dev.gander.proxy;

import dev.gander.proxy.Tunnel.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * MiB of payload that a second of CPU takes through a protocol's handlers, from the buffers of a
 * socket's reads to those of its writes, and that the JDK's cipher alone does of the same chunks.
 * All take turns, so that who else uses the machine disturbs all alike; the median of many turns is
 * told.
 */
public final class TunnelThroughput {

  private static final int MEBIBYTES = 4;

  /** As much as one read of a socket brings. */
  private static final int PIECE = 1 << 16;

  private static final int PIECES = (MEBIBYTES << 20) / PIECE;
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

  /** What takes a turn. */
  private interface Work {
    void run() throws Exception;
  }

  /** Where bytes come from and go to: to each kind of buffers a tunnel and a cipher of its own. */
  private final class Side {

    private final boolean direct;
    private final ByteBuf plain;
    private final ByteBuf socket = Unpooled.directBuffer(2 * PIECE);
    private final Tunnel sealing;
    private final CipherAlone cipher;
    private Tunnel opening;

    Side(boolean direct) throws Exception {
      this.direct = direct;
      plain = buffer().writeZero(PIECE);
      sealing = Tunnel.of(protocol);
      opening = sealing;
      cipher = new CipherAlone(protocol, MEBIBYTES << 20, direct);
    }

    private ByteBuf buffer() {
      return direct ? Unpooled.directBuffer(PIECE) : Unpooled.buffer(PIECE);
    }

    /** What a server sends, in what reads of a socket bring. */
    List<ByteBuf> answer() throws Exception {
      if (!protocol.goesOn) {
        opening = Tunnel.of(protocol);
      }
      ByteBuf answer = opening.answer(plain, PIECES);
      List<ByteBuf> pieces = new ArrayList<>();
      while (answer.isReadable()) {
        int next = Math.min(PIECE, answer.readableBytes());
        pieces.add(buffer().writeBytes(answer, next));
      }
      answer.release();
      return pieces;
    }

    void seal() {
      EmbeddedChannel channel = sealing.client();
      for (int i = 0; i < PIECES; i++) {
        channel.writeOutbound(plain.retainedDuplicate());
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
          int _ = taken(out);
        }
      }
    }

    void open(List<ByteBuf> pieces) {
      EmbeddedChannel channel = opening.client();
      int received = 0;
      for (ByteBuf piece : pieces) {
        channel.writeInbound(piece);
        for (ByteBuf in = channel.readInbound(); in != null; in = channel.readInbound()) {
          received += taken(in);
        }
      }
      if (received != MEBIBYTES << 20) {
        throw new IllegalStateException(received + " bytes came out of the tunnel");
      }
    }

    /** Copies what has an array where all is direct, as Netty does before it writes to a socket. */
    private int taken(ByteBuf bytes) {
      int length = bytes.readableBytes();
      if (direct && !bytes.isDirect()) {
        socket.clear().writeBytes(bytes);
      }
      bytes.release();
      return length;
    }
  }

  private final Protocol protocol;
  private final Side arrays;
  private final Side direct;

  private TunnelThroughput(Protocol protocol) throws Exception {
    this.protocol = protocol;
    arrays = new Side(false);
    direct = new Side(true);
  }

  /**
   * Prints a table.
   *
   * @param arguments rounds, of which the first half only warms up; then protocols, or none for all
   */
  public static void main(String[] arguments) throws InterruptedException {
    // As event loops are: Netty keeps buffers for them.
    Thread loop = new FastThreadLocalThread(() -> report(arguments));
    loop.start();
    loop.join();
  }

  private static void report(String[] arguments) {
    PrintStream out = System.out;
    int rounds = Integer.parseInt(arguments[0]);
    List<String> wanted = Arrays.asList(arguments).subList(1, arguments.length);
    out.println("| protocol | | arrays, MiB/s | cipher | ratio | direct, MiB/s | cipher | ratio |");
    out.println("|---|---|---|---|---|---|---|---|");
    for (Protocol protocol : Protocol.values()) {
      if (wanted.isEmpty() || wanted.contains(protocol.name())) {
        try {
          out.println(new TunnelThroughput(protocol).rows(rounds));
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  private String rows(int rounds) throws Exception {
    long[][] nanos = new long[8][rounds];
    for (int round = 0; round < rounds; round++) {
      int at = 0;
      for (Side side : List.of(arrays, direct)) {
        nanos[at][round] = took(side::seal);
        nanos[at + 1][round] = took(side.cipher::seal);
        List<ByteBuf> pieces = side.answer();
        nanos[at + 2][round] = took(() -> side.open(pieces));
        nanos[at + 3][round] = took(side.cipher::open);
        at += 4;
      }
    }
    long[] rates = Arrays.stream(nanos).mapToLong(TunnelThroughput::rate).toArray();
    return row("seals", rates, 0) + "\n" + row("opens", rates, 2);
  }

  /**
   * @param at of a side's rates
   */
  private String row(String what, long[] rates, int at) {
    int direct = at + rates.length / 2;
    return "| %s | %s | %,d | %,d | %.2f | %,d | %,d | %.2f |"
        .formatted(
            protocol,
            what,
            rates[at],
            rates[at + 1],
            (double) rates[at] / rates[at + 1],
            rates[direct],
            rates[direct + 1],
            (double) rates[direct] / rates[direct + 1]);
  }

  private static long took(Work work) throws Exception {
    long before = CPU.getCurrentThreadCpuTime();
    work.run();
    return CPU.getCurrentThreadCpuTime() - before;
  }

  private static long rate(long[] nanos) {
    long[] late = Arrays.copyOfRange(nanos, nanos.length / 2, nanos.length);
    Arrays.sort(late);
    return MEBIBYTES * 1_000_000_000L / late[late.length / 2];
  }
}
