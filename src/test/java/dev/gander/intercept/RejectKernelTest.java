package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.geodata.GeoDataFiles;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.Lab;
import dev.gander.kernel.ProgramRun;
import dev.gander.publish.TrafficImage;
import dev.gander.route.TrafficFlow;
import dev.gander.route.TrafficRouter;
import dev.gander.route.TrafficText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What blocked packets are answered with, byte by byte, by BPF_PROG_TEST_RUN of lan_ingress. */
@Tag("kernel")
class RejectKernelTest {

  private static final int PASS = -1;
  private static final int DROP = 2;
  private static final int REDIRECT = 7;
  private static final String FOUR = "192.0.2.1";
  private static final String SIX = "2001:db8:1::2";
  private static final int SYN = 0x02;
  private static final int RST = 0x04;
  private static final int ACK = 0x10;

  private Lab lab;
  private BpfObject object;
  private KernelRouting routing;
  private int program;

  @BeforeEach
  void load() throws Exception {
    lab = new Lab('u', 'v');
    object = RoutingBench.load();
    routing = new KernelRouting(object);
    program = object.program("lan_ingress");
    block(true);
  }

  @AfterEach
  void unload() throws IOException {
    routing.close();
    object.close();
    lab.close();
  }

  private void block(boolean reject) throws Exception {
    rules(reject, "block", "dport(53) -> direct", "dport(99) -> direct");
  }

  private void rules(boolean reject, String fallback, String... rules) throws Exception {
    TrafficRouter router =
        TrafficRouter.build(
            TrafficText.rules(fallback, List.of(rules)),
            new GeoDataFiles(List.of()),
            warning -> {});
    routing.install(TrafficImage.of(router, reject), 4096, 0, name -> new long[0]);
  }

  private ProgramRun.Result run(byte[] packet) throws Exception {
    return lab.router().call(() -> ProgramRun.run(program, packet, 1));
  }

  private static byte[] packet(String from, int protocol, int tcpFlags) {
    String to = from.equals(FOUR) ? "198.51.100.7" : "2001:db8:9::7";
    byte[] packet =
        RoutingBench.packet(
            InetAddress.ofLiteral(from), 4711, InetAddress.ofLiteral(to), 443, protocol, 5, 0);
    if (protocol == TrafficFlow.TCP) {
      int tcp = from.equals(FOUR) ? 34 : 54;
      ByteBuffer.wrap(packet).putInt(tcp + 4, 1000).putInt(tcp + 8, 2000);
      packet[tcp + 13] = (byte) tcpFlags;
    }
    return packet;
  }

  @Test
  void aSegmentIsAnsweredByTheResetThatItsSenderBelieves() throws Exception {
    for (String from : List.of(FOUR, SIX)) {
      ByteBuffer syn = reply(packet(from, TrafficFlow.TCP, SYN), from);
      int tcp = from.equals(FOUR) ? 34 : 54;
      assertThat(syn.capacity()).isEqualTo(tcp + 20);
      assertThat(syn.getShort(tcp)).isEqualTo((short) 443);
      assertThat(syn.getShort(tcp + 2)).isEqualTo((short) 4711);
      assertThat(syn.getInt(tcp + 4)).isZero();
      assertThat(syn.getInt(tcp + 8)).as("acknowledges the SYN").isEqualTo(1001);
      assertThat(syn.get(tcp + 13)).isEqualTo((byte) (RST | ACK));
      assertThat(transportSum(syn, from, 6)).isEqualTo(0xffff);

      ByteBuffer data = reply(packet(from, TrafficFlow.TCP, ACK), from);
      assertThat(data.getInt(tcp + 4)).as("where the ACK says").isEqualTo(2000);
      assertThat(data.get(tcp + 13)).isEqualTo((byte) RST);
      assertThat(transportSum(data, from, 6)).isEqualTo(0xffff);

      assertThat(run(packet(from, TrafficFlow.TCP, RST)).retval()).as("no reset").isEqualTo(DROP);
    }
  }

  @Test
  void aDatagramIsAnsweredByIcmpThatShowsIt() throws Exception {
    for (String from : List.of(FOUR, SIX)) {
      byte[] sent = packet(from, TrafficFlow.UDP, 0);
      ByteBuffer icmp = reply(sent, from);
      boolean four = from.equals(FOUR);
      int at = four ? 34 : 54;
      int header = four ? 20 : 40;
      assertThat(icmp.capacity()).isEqualTo(at + 8 + header + 8);
      assertThat(icmp.get(at)).isEqualTo((byte) (four ? 3 : 1));
      assertThat(icmp.get(at + 1)).isEqualTo((byte) (four ? 13 : 1));
      assertThat(bytes(icmp, at + 8, icmp.capacity()))
          .as("what was sent")
          .isEqualTo(Arrays.copyOfRange(sent, 14, 14 + header + 8));
      int sum = four ? sum(bytes(icmp, at, icmp.capacity())) : transportSum(icmp, from, 58);
      assertThat(sum).isEqualTo(0xffff);
    }
  }

  @Test
  void withoutRejectNothingIsSaid() throws Exception {
    block(false);
    assertThat(run(packet(FOUR, TrafficFlow.TCP, SYN)).retval()).isEqualTo(DROP);
    assertThat(run(packet(SIX, TrafficFlow.UDP, 0)).retval()).isEqualTo(DROP);
  }

  /** The first fragment of more, as the IP header says, of so much of a packet to port 443. */
  private static byte[] firstFragment(String from, byte[]... parts) throws Exception {
    byte[] whole = packet(from, TrafficFlow.TCP, SYN);
    boolean four = from.equals(FOUR);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(whole, 0, four ? 34 : 54);
    for (byte[] part : parts) {
      out.write(part);
    }
    ByteBuffer frame = ByteBuffer.wrap(out.toByteArray());
    if (four) {
      frame.putShort(16, (short) (frame.capacity() - 14)).putShort(20, (short) 0x2000);
    } else {
      frame.putShort(18, (short) (frame.capacity() - 54)).put(20, (byte) 44);
    }
    return frame.array();
  }

  private static byte[] fragmentHeader(int next) {
    return new byte[] {(byte) next, 0, 0, 1, 0, 0, 0, 9};
  }

  private static byte[] options(int next) {
    return new byte[] {(byte) next, 0, 1, 4, 0, 0, 0, 0};
  }

  /** RFC 1858 and RFC 7112: what a filter wants to see is in the next fragment. */
  @Test
  void fragmentsThatHideSomethingDoNotEvadeRulesThatBlock() throws Exception {
    byte[] ports = {0x12, 0x67, 1, (byte) 0xbb, 0, 0, 0, 1};
    byte[] fourPorts = firstFragment(FOUR, ports);
    byte[] sixPorts = firstFragment(SIX, fragmentHeader(6), ports);
    byte[] hidden = firstFragment(SIX, fragmentHeader(60), options(17));
    byte[] cut = firstFragment(SIX, fragmentHeader(60));
    byte[] extended = firstFragment(SIX, options(60));
    extended[20] = 60;
    for (int i = 0; i < 6; i++) {
      extended = Arrays.copyOf(extended, extended.length + 8);
      System.arraycopy(options(i == 5 ? 17 : 60), 0, extended, extended.length - 8, 8);
    }
    List<byte[]> all = List.of(fourPorts, sixPorts, hidden, cut, extended);

    rules(true, "direct", "dip(198.51.100.7, '2001:db8:9::7') -> block");
    assertThat(ends(all)).containsOnly(DROP);
    rules(true, "direct", "dip(198.51.100.8, '2001:db8:9::8') -> block");
    assertThat(ends(all)).as("no rule asks for ports").containsOnly(PASS);
    rules(true, "direct", "dport(443) -> block");
    assertThat(ends(all)).containsOnly(DROP);
    rules(true, "direct", "dport(80) -> block");
    assertThat(ends(all))
        .as("hidden ones may be to 80")
        .containsExactly(PASS, PASS, DROP, DROP, DROP);
    rules(true, "direct", "dport(80) -> direct(mark: 1)");
    assertThat(ends(all)).as("no rule blocks").containsOnly(PASS);
  }

  private List<Integer> ends(List<byte[]> packets) throws Exception {
    List<Integer> ends = new ArrayList<>();
    for (byte[] packet : packets) {
      ends.add(run(packet).retval());
    }
    return ends;
  }

  /** Faults everywhere in the headers: each packet passes, is dropped, or is answered home. */
  @Test
  void oddPacketsNeverEndOtherwise() throws Exception {
    long seed = Long.getLong("gander.seed", 20261128);
    Random random = new Random(seed);
    int[] ends = new int[16];
    lab.router()
        .call(() -> {
          for (int i = 0; i < 100_000; i++) {
            String from = random.nextBoolean() ? FOUR : SIX;
            int protocol = random.nextBoolean() ? TrafficFlow.TCP : TrafficFlow.UDP;
            byte[] packet = packet(from, protocol, random.nextInt(256));
            for (int faults = random.nextInt(4); faults > 0; faults--) {
              packet[random.nextInt(packet.length)] ^= (byte) (1 << random.nextInt(8));
            }
            int shortest = from.equals(FOUR) ? 34 : 54;
            if (random.nextInt(4) == 0) {
              packet = Arrays.copyOf(packet, shortest + random.nextInt(40));
            }
            int end = ProgramRun.run(program, packet, 1).retval();
            assertThat(end)
                .as("seed %d: %s", seed, HexFormat.of().formatHex(packet))
                .isIn(PASS, DROP, REDIRECT);
            ends[end + 1]++;
          }
          return 0;
        });
    assertThat(ends[PASS + 1]).isGreaterThan(100);
    assertThat(ends[DROP + 1]).isGreaterThan(100);
    assertThat(ends[REDIRECT + 1]).isGreaterThan(100);
  }

  /** The answer's frame; goes home by MAC and IP addresses. */
  private ByteBuffer reply(byte[] sent, String from) throws Exception {
    ProgramRun.Result result = run(sent);
    assertThat(result.retval()).isEqualTo(REDIRECT);
    byte[] frame = result.packet();
    assertThat(Arrays.copyOfRange(frame, 0, 6)).isEqualTo(Arrays.copyOfRange(sent, 6, 12));
    assertThat(Arrays.copyOfRange(frame, 6, 12)).isEqualTo(Arrays.copyOfRange(sent, 0, 6));
    int source = from.equals(FOUR) ? 26 : 22;
    int length = from.equals(FOUR) ? 4 : 16;
    assertThat(Arrays.copyOfRange(frame, source, source + length))
        .isEqualTo(Arrays.copyOfRange(sent, source + length, source + 2 * length));
    assertThat(Arrays.copyOfRange(frame, source + length, source + 2 * length))
        .isEqualTo(Arrays.copyOfRange(sent, source, source + length));
    if (from.equals(FOUR)) {
      assertThat(sum(Arrays.copyOfRange(frame, 14, 34))).as("of the IP header").isEqualTo(0xffff);
      assertThat(ByteBuffer.wrap(frame).getShort(16)).isEqualTo((short) (frame.length - 14));
    } else {
      assertThat(ByteBuffer.wrap(frame).getShort(18)).isEqualTo((short) (frame.length - 54));
    }
    return ByteBuffer.wrap(frame);
  }

  /** With the pseudo header; 0xffff if the checksum holds. */
  private static int transportSum(ByteBuffer frame, String from, int protocol) {
    int source = from.equals(FOUR) ? 26 : 22;
    int at = from.equals(FOUR) ? 34 : 54;
    int length = frame.capacity() - at;
    return fold(
        sum(bytes(frame, source, at))
            + sum(bytes(frame, at, frame.capacity()))
            + protocol
            + length);
  }

  private static byte[] bytes(ByteBuffer frame, int from, int to) {
    byte[] bytes = new byte[to - from];
    frame.get(from, bytes);
    return bytes;
  }

  private static int sum(byte[] bytes) {
    int sum = 0;
    for (int i = 0; i < bytes.length; i++) {
      sum += (bytes[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
    }
    return fold(sum);
  }

  private static int fold(int sum) {
    int folded = (sum & 0xffff) + (sum >>> 16);
    return (folded & 0xffff) + (folded >>> 16);
  }
}
