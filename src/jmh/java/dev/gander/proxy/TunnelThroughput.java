package dev.gander.proxy;

import dev.gander.proxy.Tunnel.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
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

  private final Protocol protocol;
  private final ByteBuf plain = Unpooled.directBuffer(PIECE).writeZero(PIECE);
  private final Tunnel sealing;
  private final CipherAlone arrays;
  private final CipherAlone direct;
  private Tunnel opening;

  private TunnelThroughput(Protocol protocol) throws Exception {
    this.protocol = protocol;
    sealing = Tunnel.of(protocol);
    opening = sealing;
    arrays = new CipherAlone(protocol, MEBIBYTES << 20, false);
    direct = new CipherAlone(protocol, MEBIBYTES << 20, true);
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
    out.println("| protocol | | MiB/s | cipher, arrays | ratio | cipher, direct | ratio |");
    out.println("|---|---|---|---|---|---|---|");
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
    long[][] nanos = new long[6][rounds];
    for (int round = 0; round < rounds; round++) {
      nanos[0][round] = took(this::seal);
      nanos[1][round] = took(arrays::seal);
      nanos[2][round] = took(direct::seal);
      List<ByteBuf> pieces = answer();
      nanos[3][round] = took(() -> open(pieces));
      nanos[4][round] = took(arrays::open);
      nanos[5][round] = took(direct::open);
    }
    long[] rates = Arrays.stream(nanos).mapToLong(TunnelThroughput::rate).toArray();
    return row("seals", rates, 0) + "\n" + row("opens", rates, 3);
  }

  private String row(String what, long[] rates, int at) {
    return "| %s | %s | %,d | %,d | %.2f | %,d | %.2f |"
        .formatted(
            protocol,
            what,
            rates[at],
            rates[at + 1],
            (double) rates[at] / rates[at + 1],
            rates[at + 2],
            (double) rates[at] / rates[at + 2]);
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

  /** What a server sends, in what reads of a socket bring. */
  private List<ByteBuf> answer() throws Exception {
    if (!protocol.goesOn) {
      opening = Tunnel.of(protocol);
    }
    ByteBuf answer = opening.answer(plain, PIECES);
    List<ByteBuf> pieces = new ArrayList<>();
    while (answer.isReadable()) {
      int next = Math.min(PIECE, answer.readableBytes());
      pieces.add(ByteBufAllocator.DEFAULT.directBuffer(PIECE).writeBytes(answer, next));
    }
    answer.release();
    return pieces;
  }

  private void seal() {
    EmbeddedChannel channel = sealing.client();
    for (int i = 0; i < PIECES; i++) {
      channel.writeOutbound(plain.retainedDuplicate());
      for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
        out.release();
      }
    }
  }

  private void open(List<ByteBuf> pieces) {
    EmbeddedChannel channel = opening.client();
    int received = 0;
    for (ByteBuf piece : pieces) {
      channel.writeInbound(piece);
      for (ByteBuf in = channel.readInbound(); in != null; in = channel.readInbound()) {
        received += in.readableBytes();
        in.release();
      }
    }
    if (received != MEBIBYTES << 20) {
      throw new IllegalStateException(received + " bytes came out of the tunnel");
    }
  }
}
