package dev.gander.group;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Whatever what is checked sends, in whatever pieces, the check ends, and nothing else happens. */
class ProbeAnswersFuzzTest {

  private static final InetSocketAddress SERVER =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 53);
  private static final int ID = 0x4142;

  @FuzzTest(maxDuration = "2m")
  void anyAnswerIsGoodOrBad(byte[] bytes) {
    check(bytes, bytes.length % 7 + 1);
  }

  @Test
  void anyAnswerWithAFewChangesIsGoodOrBad() {
    Random random = new Random(20261128);
    byte[] http = "HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    byte[] dns = {0, 12, 0x41, 0x42, (byte) 0x81, (byte) 0x80, 0, 1, 0, 0, 0, 0, 0, 0};
    for (int round = 0; round < 5_000; round++) {
      byte[] bytes = (random.nextBoolean() ? http : dns).clone();
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      check(bytes, 1 + random.nextInt(bytes.length));
    }
  }

  @Test
  void aRightAnswerInPiecesIsGood() {
    byte[] http = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    byte[] dns = {0, 12, 0x41, 0x42, (byte) 0x81, (byte) 0x80, 0, 1, 0, 0, 0, 0, 0, 0};
    for (int piece = 1; piece < 9; piece++) {
      assertThat(http(http, piece)).isEqualTo(Future.State.SUCCESS);
      assertThat(dns(dns, piece)).isEqualTo(Future.State.SUCCESS);
    }
  }

  @Test
  void anAnswerThatCameOutOfAProxysWrappingIsGood() {
    byte[] wrapped = {0, 0, 0, 1, 0x41, 0x42, (byte) 0x81, (byte) 0x80, 0, 1, 0, 0, 0, 0, 0, 0};
    CompletableFuture<Void> answered = new CompletableFuture<>();
    Probe.Dns udp = new Probe.Dns(SERVER, EnumSet.of(Use.DNS_UDP4), false);
    EmbeddedChannel channel = new EmbeddedChannel(new DnsProbe(udp, ID, answered));
    channel.writeInbound(
        new DatagramPacket(Unpooled.wrappedBuffer(wrapped).skipBytes(4), SERVER, SERVER));
    assertThat(answered.state()).isEqualTo(Future.State.SUCCESS);
    boolean _ = channel.finishAndReleaseAll();
  }

  private static void check(byte[] bytes, int piece) {
    assertThat(http(bytes, piece)).isNotEqualTo(Future.State.RUNNING);
    assertThat(dns(bytes, piece)).isNotEqualTo(Future.State.RUNNING);
    CompletableFuture<Void> answered = new CompletableFuture<>();
    Probe.Dns udp = new Probe.Dns(SERVER, EnumSet.of(Use.DNS_UDP4), false);
    EmbeddedChannel channel = new EmbeddedChannel(new DnsProbe(udp, ID, answered));
    channel.writeInbound(new DatagramPacket(Unpooled.copiedBuffer(bytes), SERVER, SERVER));
    boolean _ = channel.finishAndReleaseAll();
    assertThat(answered).isDone();
  }

  private static Future.State http(byte[] bytes, int piece) {
    CompletableFuture<Void> answered = new CompletableFuture<>();
    Probe.Http probe =
        new Probe.Http(SERVER, EnumSet.of(Use.TCP4), false, "HEAD", "h.example", 80, "/");
    return outcome(new HttpProbe(probe, answered), answered, bytes, piece);
  }

  private static Future.State dns(byte[] bytes, int piece) {
    CompletableFuture<Void> answered = new CompletableFuture<>();
    Probe.Dns probe = new Probe.Dns(SERVER, EnumSet.of(Use.DNS_TCP4), true);
    return outcome(new DnsProbe(probe, ID, answered), answered, bytes, piece);
  }

  private static Future.State outcome(
      ChannelHandler handler, CompletableFuture<Void> answered, byte[] bytes, int piece) {
    EmbeddedChannel channel = new EmbeddedChannel(handler);
    for (int at = 0; at < bytes.length; at += piece) {
      int end = Math.min(bytes.length, at + piece);
      channel.writeInbound(Unpooled.copiedBuffer(bytes, at, end - at));
    }
    boolean _ = channel.finishAndReleaseAll();
    return answered.state();
  }
}
