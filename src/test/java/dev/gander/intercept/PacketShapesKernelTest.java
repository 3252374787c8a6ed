package dev.gander.intercept;

import static dev.gander.kernel.Lab.CLIENT_MAC;
import static dev.gander.kernel.Lab.ROUTER_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Frames of every shape, sent on the client's wire. The router's interface computes no checksums,
 * so that every reply's were computed by the kernel after the programs had changed the frame.
 */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PacketShapesKernelTest {

  private static final byte[] QUERY = "twenty bytes or more".getBytes(StandardCharsets.US_ASCII);
  private static final int CTAG = 0x8100;
  private static final int STAG = 0x88a8;

  private Rig rig;

  @BeforeAll
  void open() throws Exception {
    rig = new Rig('c', 'd', Rig.KERNEL);
    rig.lab.router().withoutTxChecksums("lan0");
  }

  @AfterAll
  void close() throws IOException {
    rig.close();
  }

  @BeforeEach
  void forget() {
    rig.server.forget();
  }

  private static Frame frame() {
    return new Frame(ROUTER_MAC, CLIENT_MAC);
  }

  private static byte[] ipv4(Frame frame) throws Exception {
    return frame.udp("10.53.0.2", 5000, "198.51.100.53", 53, QUERY);
  }

  private static byte[] ipv6(Frame frame) throws Exception {
    return frame.udp("2001:db8:53::2", 5000, "2001:db8::53", 53, QUERY);
  }

  private void expectReply(byte[] query, String from, String... tags) throws Exception {
    Frame.Read reply = rig.exchange(query);
    assertThat(reply.from()).isEqualTo(from);
    assertThat(reply.fromPort()).isEqualTo(53);
    assertThat(reply.toPort()).isEqualTo(5000);
    assertThat(reply.destination()).isEqualTo(CLIENT_MAC);
    assertThat(reply.source()).isEqualTo(ROUTER_MAC);
    assertThat(reply.tags()).containsExactly(tags);
    assertThat(reply.payload()).isEqualTo(new String(QUERY, StandardCharsets.US_ASCII));
    assertThat(reply.checksumsHold()).as("checksums").isTrue();
  }

  private void expectIpv4(Frame frame, String... tags) throws Exception {
    expectReply(ipv4(frame), "198.51.100.53", tags);
  }

  private void expectIpv6(Frame frame, String... tags) throws Exception {
    expectReply(ipv6(frame), "2001:db8:0:0:0:0:0:53", tags);
  }

  /** The frame is left to the stack or dropped, and one counter says so. */
  private void expectOnly(String counter, byte[]... frames) throws Exception {
    Map<String, Long> moved = rig.counted(() -> rig.send(frames));
    assertThat(moved).containsExactly(Map.entry(counter, (long) frames.length));
  }

  private int vlanSeen() throws InterruptedException {
    EchoServer.Seen seen = rig.server.seen().poll(30, TimeUnit.SECONDS);
    assertThat(seen).isNotNull();
    return rig.interceptor.identities().vlan(seen.mark());
  }

  @Test
  void anUntaggedQueryIsAnsweredWithTheFramesAddressesExchanged() throws Exception {
    expectIpv4(frame());
    expectIpv6(frame());
  }

  @Test
  void aTaggedQueryIsAnsweredWithItsTag() throws Exception {
    expectIpv4(frame().tag(CTAG, 10), "8100/10");
    assertThat(vlanSeen()).isEqualTo(10);
    expectIpv6(frame().tag(CTAG, 20), "8100/20");
    assertThat(vlanSeen()).isEqualTo(20);
  }

  @Test
  void theTagsPriorityComesBackToo() throws Exception {
    int priority5Vlan10 = 5 << 13 | 10;
    expectIpv4(frame().tag(CTAG, priority5Vlan10), "8100/" + priority5Vlan10);
    assertThat(vlanSeen()).isEqualTo(10);
  }

  @Test
  void aTwiceTaggedQueryIsAnsweredWithBothTags() throws Exception {
    expectIpv4(frame().tag(STAG, 100).tag(CTAG, 10), "88a8/100", "8100/10");
    assertThat(vlanSeen()).isEqualTo(10);
    expectIpv6(frame().tag(CTAG, 100).tag(CTAG, 11), "8100/100", "8100/11");
    assertThat(vlanSeen()).isEqualTo(11);
  }

  @Test
  void threeTagsAreLeftAlone() throws Exception {
    expectOnly("passed_vlan_depth", ipv4(frame().tag(STAG, 1).tag(CTAG, 2).tag(CTAG, 3)));
  }

  @Test
  void ipv4OptionsAreNoHindrance() throws Exception {
    byte[] nops = new byte[40];
    Arrays.fill(nops, (byte) 1);
    expectIpv4(frame().ipv4Options(new byte[] {1, 1, 1, 1}));
    expectIpv4(frame().ipv4Options(nops));
    byte[] recordRoute = {7, 7, 4, 0, 0, 0, 0, 0};
    expectIpv4(frame().ipv4Options(recordRoute));
  }

  @Test
  void ipv6ExtensionHeadersInBoundsAreNoHindrance() throws Exception {
    byte[] padding = {0, 0, 1, 4, 0, 0, 0, 0}; // PadN of 6
    byte[] experimental = new byte[64];
    experimental[2] = 0x1e; // an experimental option that who does not know it skips, RFC 4727
    experimental[3] = 60;
    byte[] atomic = {0, 0, 0, 0, 0, 0, 0, 9}; // fragment header of a whole datagram, RFC 6946
    expectIpv6(frame().extension(Frame.HOP_BY_HOP, padding));
    expectIpv6(frame().extension(Frame.DESTINATION, experimental));
    expectIpv6(frame().extension(Frame.HOP_BY_HOP, padding).extension(Frame.DESTINATION, padding));
    expectIpv6(frame().extension(Frame.FRAGMENT, atomic));
    expectIpv6(frame().tag(CTAG, 10).extension(Frame.DESTINATION, padding), "8100/10");
  }

  @Test
  void ipv6ExtensionHeadersBeyondTheBoundAreLeftAlone() throws Exception {
    Frame frame = frame();
    for (int i = 0; i < 7; i++) {
      frame.extension(Frame.DESTINATION, new byte[] {0, 0, 1, 4, 0, 0, 0, 0});
    }
    expectOnly("passed_extensions", ipv6(frame));
  }

  @Test
  void aSourceRoutedQueryStillUnderWayIsLeftAlone() throws Exception {
    byte[] oneSegmentLeft = {0, 0, 4, 1, 0, 0, 0, 0};
    Map<String, Long> moved =
        rig.counted(() -> rig.send(ipv6(frame().extension(Frame.ROUTING, oneSegmentLeft))));
    assertThat(moved).isEmpty();
  }

  @Test
  void fragmentsAreLeftToTheStack() throws Exception {
    byte[] moreFragments = {0, 0, 0, 1, 0, 0, 0, 9};
    expectOnly("passed_fragment", ipv4(frame().ipv4Fragment(0x2000)));
    expectOnly("passed_fragment", ipv6(frame().extension(Frame.FRAGMENT, moreFragments)));
    assertThat(rig.counted(() -> rig.send(ipv4(frame().ipv4Fragment(100))))).isEmpty();
  }

  @Test
  void queriesWhoseLengthsCannotBeTrueAreDropped() throws Exception {
    byte[] tooShort = "eleven byte".getBytes(StandardCharsets.US_ASCII);
    expectOnly(
        "dropped_malformed",
        frame().udp("10.53.0.2", 5000, "198.51.100.53", 53, tooShort),
        frame().udp("2001:db8:53::2", 5000, "2001:db8::53", 53, tooShort),
        ipv4(frame().udpLengthError(1)),
        ipv4(frame().udpLengthError(-28)),
        ipv4(frame().ipLengthError(-1)),
        ipv4(frame().ipLengthError(9).udpLengthError(9)),
        ipv6(frame().ipLengthError(-1)),
        ipv6(frame().udpLengthError(2)));
  }

  @Test
  void paddingBehindTheDatagramIsNoFault() throws Exception {
    byte[] padded = Arrays.copyOf(ipv4(frame()), 100);
    expectReply(padded, "198.51.100.53");
  }

  @Test
  void framesForOthersAreLeftAlone() throws Exception {
    List<String> others = List.of("02:00:00:00:99:99", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb");
    for (String other : others) {
      expectOnly("passed_not_for_us", ipv4(new Frame(other, CLIENT_MAC)));
    }
  }

  @Test
  void anotherMachineBehindTheSamePortHasItsOwnIdentity() throws Exception {
    String other = "02:00:00:00:53:77";
    Frame.Read reply =
        rig.exchange(
            new Frame(ROUTER_MAC, other).udp("10.53.0.99", 5001, "198.51.100.53", 53, QUERY));
    assertThat(reply.destination()).isEqualTo(other);
    assertThat(reply.to()).isEqualTo("10.53.0.99");
  }
}
