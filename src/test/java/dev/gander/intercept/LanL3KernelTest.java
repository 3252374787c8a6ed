package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Eventually;
import dev.gander.kernel.KernelFeatures;
import dev.gander.kernel.Lab;
import dev.gander.kernel.Netlink;
import dev.gander.kernel.PacketSocket;
import dev.gander.kernel.TestNamespace;
import dev.gander.kernel.TunHub;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients behind a LAN interface without Ethernet headers, on this kernel and without its news. */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LanL3KernelTest {

  private static final byte[] QUERY = "twenty bytes or more".getBytes(StandardCharsets.US_ASCII);
  private static final String TEXT = "a query of more than twenty bytes";
  private static final String FOUR = "198.51.100.53";
  private static final String SIX = "2001:db8:0:0:0:0:0:53";

  private Lab lab;
  private TunHub hub;
  private @Nullable Interceptor opened;
  private @Nullable EchoServer echo;

  @BeforeAll
  void build() throws Exception {
    lab = new Lab('p', 'q');
    hub = new TunHub(lab.router().name(), "vpn0", List.of(lab.client().name()));
  }

  @AfterAll
  void remove() throws Exception {
    hub.close();
    lab.close();
  }

  private void intercept(boolean tcx, boolean receiveMark, boolean redirectPeer) throws Exception {
    KernelFeatures features = Rig.without(!tcx, !receiveMark, !redirectPeer);
    opened = lab.router().call(() -> Interceptor.open(1, features));
    echo = new EchoServer(interceptor(), 1, receiveMark);
    lab.router()
        .call(() -> {
          interceptor().apply(List.of("vpn0"));
          return 0;
        });
  }

  private Interceptor interceptor() {
    return Objects.requireNonNull(opened);
  }

  private EchoServer server() {
    return Objects.requireNonNull(echo);
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
    if (echo != null) {
      echo.close();
    }
  }

  private String ask(String asked) throws Exception {
    return Rig.ask(lab, asked, 53, TEXT).from();
  }

  private static int ifindex(TestNamespace namespace, String name) throws Exception {
    return namespace.call(() -> {
      try (Netlink netlink = Netlink.open()) {
        return netlink.link(name).orElseThrow().ifindex();
      }
    });
  }

  @ParameterizedTest
  @CsvSource({"true, true, true", "false, true, true", "true, false, true", "true, true, false"})
  void aQueryIsAnsweredFromTheAddressThatWasAsked(
      boolean tcx, boolean receiveMark, boolean redirectPeer) throws Exception {
    intercept(tcx, receiveMark, redirectPeer);
    assertThat(interceptor().interfaces()).containsExactly("vpn0");
    assertThat(ask(FOUR)).isEqualTo(FOUR);
    EchoServer.Seen seen = Objects.requireNonNull(server().seen().poll(30, TimeUnit.SECONDS));
    assertThat(seen.sourceLow()).isEqualTo(0xffff_c612_0702L);
    assertThat(seen.askedLow()).isEqualTo(0xffff_c633_6435L);
    assertThat(interceptor().identities().mac(seen.mark())).isZero();
    assertThat(interceptor().identities().ifindex(seen.mark()))
        .isEqualTo(ifindex(lab.router(), "vpn0"));
    assertThat(ask(SIX)).isEqualTo(SIX);
    assertThat(ask("198.18.7.1")).as("the router itself").isEqualTo("198.18.7.1");
    server().replyBytes(4000);
    for (String asked : List.of(FOUR, SIX)) {
      assertThat(Rig.ask(lab, asked, 53, TEXT).length()).as("in fragments").isEqualTo(4000);
    }
    assertThat(interceptor().counters()).containsEntry("queries", 5L);
  }

  @Test
  void aServiceOfTheRouterGetsItsQueriesAndOtherPortsAreNotTouched() throws Exception {
    intercept(true, true, true);
    try (LocalEcho dns = new LocalEcho(lab, "198.18.7.1", 53);
        LocalEcho other = new LocalEcho(lab, "198.18.7.1", 5353)) {
      assertThat(ask("198.18.7.1")).isEqualTo("198.18.7.1");
      assertThat(Rig.ask(lab, "198.18.7.1", 5353, TEXT).from()).isEqualTo("198.18.7.1");
      assertThat(dns).isNotSameAs(other);
    }
    assertThat(interceptor().counters())
        .containsEntry("passed_local_service", 1L)
        .containsEntry("queries", 0L);
  }

  private static Frame frame() {
    return new Frame(Lab.ROUTER_MAC, Lab.CLIENT_MAC);
  }

  private static byte[] ipv4(Frame frame) throws Exception {
    return frame.udp("198.18.7.2", 5000, FOUR, 53, QUERY);
  }

  private static byte[] ipv6(Frame frame) throws Exception {
    return frame.udp("2001:db8:7::2", 5000, SIX, 53, QUERY);
  }

  private <T> T onTheWire(Work<T> work) throws Exception {
    int tun0 = ifindex(lab.client(), "tun0");
    Callable<T> task =
        () -> {
          try (PacketSocket wire = new PacketSocket(tun0, 10_000)) {
            return work.with(wire);
          }
        };
    return lab.client().call(task);
  }

  private interface Work<T> {
    T with(PacketSocket wire) throws Exception;
  }

  /** Sends a frame without its Ethernet header, and reads the first UDP packet that comes back. */
  private Frame.Read exchange(byte[] frame) throws Exception {
    return onTheWire(wire -> {
      wire.send(Arrays.copyOfRange(frame, 14, frame.length));
      while (true) {
        byte[] packet = Objects.requireNonNull(wire.receive(), "no reply");
        ByteBuffer framed = ByteBuffer.allocate(14 + packet.length);
        framed.putShort(12, (short) (packet[0] >>> 4 == 4 ? 0x0800 : 0x86dd)).put(14, packet);
        Frame.Read read = Frame.read(framed.array());
        if (read != null) {
          return read;
        }
      }
    });
  }

  private void expectReply(byte[] query, String from) throws Exception {
    Frame.Read reply = exchange(query);
    assertThat(reply.from()).isEqualTo(from);
    assertThat(reply.fromPort()).isEqualTo(53);
    assertThat(reply.toPort()).isEqualTo(5000);
    assertThat(reply.payload()).isEqualTo(new String(QUERY, StandardCharsets.US_ASCII));
    assertThat(reply.checksumsHold()).as("checksums").isTrue();
  }

  private void expectOnly(String counter, byte[]... frames) throws Exception {
    Map<String, Long> expected = new HashMap<>(interceptor().counters());
    expected.merge(counter, (long) frames.length, Long::sum);
    onTheWire(wire -> {
      for (byte[] frame : frames) {
        wire.send(Arrays.copyOfRange(frame, 14, frame.length));
      }
      return 0;
    });
    Eventually.holds(() -> interceptor().counters().equals(expected));
  }

  @Test
  void packetsOfEveryShapeAreTreatedAsOnEthernet() throws Exception {
    intercept(true, true, true);
    byte[] padding = {0, 0, 1, 4, 0, 0, 0, 0};
    byte[] moreFragments = {0, 0, 0, 1, 0, 0, 0, 9};
    expectReply(ipv4(frame()), FOUR);
    expectReply(ipv6(frame()), SIX);
    expectReply(ipv4(frame().ipv4Options(new byte[] {1, 1, 1, 1})), FOUR);
    expectReply(ipv6(frame().extension(Frame.DESTINATION, padding)), SIX);
    expectOnly(
        "passed_fragment",
        ipv4(frame().ipv4Fragment(0x2000)),
        ipv6(frame().extension(Frame.FRAGMENT, moreFragments)));
    expectOnly(
        "dropped_malformed", ipv4(frame().udpLengthError(1)), ipv6(frame().udpLengthError(2)));
    expectOnly(
        "passed_not_for_us",
        frame().udp("198.18.7.2", 5000, "255.255.255.255", 53, QUERY),
        frame().udp("2001:db8:7::2", 5000, "ff02::fb", 53, QUERY));
    Frame extended = frame();
    for (int i = 0; i < 7; i++) {
      extended.extension(Frame.DESTINATION, padding);
    }
    expectOnly("passed_extensions", ipv6(extended));
  }
}
