package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.kernel.BpfObject;
import dev.gander.kernel.IpFamily;
import dev.gander.kernel.Lab;
import dev.gander.kernel.ProgramRun;
import dev.gander.kernel.UdpSocket;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** More source addresses and ports than any map has room for, of one machine's frames. */
@Tag("kernel")
class ManySendersKernelTest {

  private static final int QUERIES = 150_000;
  private static final int REDIRECT = 7;

  @Test
  void noQueryIsDroppedForAFullMapHoweverManyPortsAsk() throws Exception {
    try (Lab lab = new Lab('u', 'v');
        BpfObject object = load();
        UdpSocket socket =
            lab.router().call(() -> UdpSocket.open(IpFamily.IPV4, Set.<UdpSocket.Option>of()))) {
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0));
      object.map("listen_sockets").update(Shared.u32(0), Shared.u64(socket.fd()));
      int program = object.program("lan_ingress");
      int taken = lab.router().call(() -> runAll(program));
      assertThat(taken).isEqualTo(QUERIES);
      assertThat(count(object, Counter.QUERIES)).isEqualTo(QUERIES);
      assertThat(count(object, Counter.IDENTITIES_NEW)).as("one sender").isEqualTo(1);
      assertThat(count(object, Counter.DROPPED_IDENTITIES_FULL)).isZero();
    }
  }

  private static int runAll(int program) throws Exception {
    byte[] query = Dns.query(1, Dns.RD, "a.example", 1);
    int taken = 0;
    for (int i = 0; i < QUERIES; i++) {
      byte[] packet =
          new Frame("00:00:00:00:00:00", "02:00:00:00:00:09")
              .udp("10.53." + (i >> 16) + ".2", i & 0xffff, "198.51.100.53", 53, query);
      taken += ProgramRun.run(program, packet, 1).retval() == REDIRECT ? 1 : 0;
    }
    return taken;
  }

  /** As on kernels that tell no mark, where each query writes to a map. */
  private static BpfObject load() throws Exception {
    try (InputStream in = ManySendersKernelTest.class.getResourceAsStream("/bpf/intercept.o")) {
      byte[] elf = Objects.requireNonNull(in).readAllBytes();
      return BpfObject.blueprint("intercept", elf)
          .readOnlyData(Shared.settings(1, 1, false, false, 0))
          .load();
    }
  }

  private static long count(BpfObject object, Counter counter) {
    byte[] perCpu =
        Objects.requireNonNull(
            object.map("counters").lookup(Shared.u32(List.of(Counter.values()).indexOf(counter))));
    ByteBuffer values = ByteBuffer.wrap(perCpu).order(ByteOrder.nativeOrder());
    long sum = 0;
    while (values.hasRemaining()) {
      sum += values.getLong();
    }
    return sum;
  }
}
