package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.gander.clock.FakeClock;
import dev.gander.node.ProxyServer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever a Hysteria 2, AnyTLS or TUIC server sends, in whatever pieces: it is taken, dropped, or
 * an {@link IOException} that says what was wrong with it. Every buffer is released.
 */
class SharedWordsFuzzTest {

  private static final long SEED = 20261128;
  private static final int ROUNDS = 20_000;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final InetSocketAddress TARGET =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 853);
  private static final ProxyServer.Anytls ANYTLS =
      (ProxyServer.Anytls) ServerWordsFuzzTest.server("anytls://Qz7wXv@192.0.2.1");
  private static final ProxyServer.Hysteria2 HYSTERIA =
      (ProxyServer.Hysteria2)
          ServerWordsFuzzTest.server(
              "hysteria2://Qz7wXv@192.0.2.1?obfs=salamander&obfs-password=Qz7wXv");

  private static final List<byte[]> WORDS =
      List.of(
          hex("00 02 6f6b 03 616263 6869"),
          hex("01 05 6e6f206f6b 00"),
          hex("00000001 0007 00 01 0e 3139322e302e322e373a383533 6869"),
          hex("00000001 0007 01 03 0c 5b3a3a315d3a383533 6869"),
          hex("05 02 0001 0007 01 00 0002 01 c0000207 0355 6869"),
          hex("05 02 0001 0007 02 01 0002 ff 6869"),
          hex("05 02 0001 0007 01 00 0002 00 01 61 0355 6869"),
          hex("0a 00000000 0003 763d32 07 00000001 0000 02 00000001 0002 6869 03 00000001 0000"),
          hex("07 00000001 0002 6e6f 08 00000000 0000 00 00000000 0001 00"),
          hex("05 00000000 0003 676f21"),
          frame(6, "stop=2\n0=3-9\n1=c,7-7,c,8-9"),
          "stop=8\n0=30-30\n1=100-400\n2=400-500,c,500-1000".getBytes(StandardCharsets.UTF_8));

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private static byte[] frame(int command, String text) {
    ByteBuf out = Unpooled.buffer();
    return Arrays.copyOf(
        AnytlsFrames.frame(out, command, 0, text.getBytes(StandardCharsets.UTF_8)).array(),
        out.readableBytes());
  }

  private static Hop hop(ProxyServer server) {
    return new Hop(server, nowhere(), _ -> new CompletableFuture<>(), Carrier.TCP, new FakeClock());
  }

  private static Exit nowhere() {
    return new Exit() {
      @Override
      public CompletableFuture<Channel> connect(
          InetSocketAddress target, io.netty.channel.ChannelHandler handlers) {
        return new CompletableFuture<>();
      }

      @Override
      public CompletableFuture<Channel> datagrams(
          InetSocketAddress target, io.netty.channel.ChannelHandler handlers) {
        return new CompletableFuture<>();
      }
    };
  }

  @FuzzTest(maxDuration = "5m")
  void anyBytesAreTakenOrRefused(byte[] bytes) {
    check(bytes, new Random(bytes.length));
  }

  @Test
  @Timeout(120)
  void anyWordsWithAFewChangesAreTakenOrRefused() {
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] words = WORDS.get(random.nextInt(WORDS.size())).clone();
      for (int changes = random.nextInt(3); changes > 0; changes--) {
        words[random.nextInt(words.length)] = (byte) random.nextInt();
      }
      check(Arrays.copyOf(words, 1 + random.nextInt(words.length + 3)), random);
    }
  }

  private static void check(byte[] bytes, Random random) {
    hysteria(bytes);
    tuic(bytes);
    anytls(bytes, 1 + random.nextInt(bytes.length + 1));
    padding(bytes);
    salamander(bytes);
    pieces(bytes, random);
  }

  private static void hysteria(byte[] bytes) {
    CompletableFuture<Channel> standing = new CompletableFuture<>();
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new Hysteria2Opening(TARGET, RANDOM),
            new Gate("it does not stand", new ChannelInboundHandlerAdapter(), standing));
    ByteBuf words = counted(bytes);
    channel.pipeline().fireChannelRead(words);
    var _ = channel.finishAndReleaseAll();
    assertThat(standing).isDone();
    if (standing.isCompletedExceptionally()) {
      assertThat(standing.exceptionNow())
          .isInstanceOf(IOException.class)
          .message()
          .startsWith("it does not stand: ")
          .doesNotContain("\n")
          .doesNotContain("Exception");
    }
    assertThat(words.refCnt()).isZero();
    ByteBuf datagram = counted(bytes);
    Hop hop = hop(HYSTERIA);
    new Hysteria2Connection(hop, new FakeClock(), HYSTERIA.password(), RANDOM).heard(datagram);
    datagram.release();
    assertThat(datagram.refCnt()).isZero();
    ByteBuf address = counted(bytes);
    InetSocketAddress from = Hysteria2Connection.address(address);
    if (from != null) {
      assertThat(from.getPort()).isBetween(0, 65_535);
    }
    address.release();
  }

  private static void tuic(byte[] bytes) {
    ByteBuf words = counted(bytes);
    try {
      TuicWords.Packet packet = TuicWords.packet(words);
      if (packet == null) {
        assertThat(words.readerIndex()).isZero();
      } else {
        assertThat(packet.size()).isBetween(0, 65_535);
      }
    } catch (IOException e) {
      assertThat(e).message().isNotBlank();
    }
    words.release();
  }

  /** Reads and keeps what went wrong. */
  private static final class Reader extends ChannelInboundHandlerAdapter {

    final List<Throwable> errors = new ArrayList<>();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      errors.add(failure);
    }
  }

  private static void anytls(byte[] bytes, int piece) {
    AnytlsSessions sessions = new AnytlsSessions(new FakeClock());
    AnytlsFrames frames = new AnytlsFrames(sessions.scheme(), RANDOM);
    AnytlsSession session = new AnytlsSession(hop(ANYTLS), ANYTLS.password(), sessions, frames);
    EmbeddedChannel channel = new EmbeddedChannel(session);
    Reader reader = new Reader();
    CompletableFuture<Channel> opened = new CompletableFuture<>();
    assertThat(session.begin(TARGET, new byte[] {1}, reader, opened)).isTrue();
    channel.runPendingTasks();
    for (int at = 0; at < bytes.length && channel.isOpen(); at += piece) {
      int to = Math.min(bytes.length, at + piece);
      channel.writeInbound(Unpooled.copiedBuffer(bytes, at, to - at));
      channel.runPendingTasks();
    }
    var _ = channel.finishAndReleaseAll();
    assertThat(opened).isCompleted();
    assertThat(opened.resultNow().isOpen()).isFalse();
    for (Throwable error : reader.errors) {
      assertThat(error)
          .isInstanceOf(IOException.class)
          .message()
          .startsWith("anytls://192.0.2.1:443")
          .doesNotContain("Qz7w")
          .doesNotContain("\n");
    }
  }

  private static void padding(byte[] bytes) {
    try {
      PaddingScheme scheme = PaddingScheme.read(new String(bytes, StandardCharsets.UTF_8));
      for (int packet = 0; packet < scheme.stop(); packet++) {
        int sum = 0;
        for (int size : scheme.sizes(packet, RANDOM)) {
          sum += Math.max(0, size);
        }
        assertThat(sum).isBetween(0, 1 << 17);
      }
    } catch (IOException e) {
      assertThat(e).message().startsWith("the padding scheme ");
    }
  }

  private static void salamander(byte[] bytes) {
    EmbeddedChannel channel =
        new EmbeddedChannel(new Salamander(HYSTERIA.salamander().orElseThrow(), RANDOM));
    ByteBuf junk = counted(bytes);
    channel.writeInbound(new DatagramPacket(junk, TARGET, TARGET));
    ReferenceCountUtil.release(channel.readInbound());
    assertThat(junk.refCnt()).isZero();
    ByteBuf plain = counted(bytes);
    channel.writeOutbound(new DatagramPacket(plain, TARGET));
    assertThat(plain.refCnt()).isZero();
    DatagramPacket mixed = channel.readOutbound();
    assertThat(mixed.content().readableBytes()).isEqualTo(bytes.length + 8);
    channel.writeInbound(new DatagramPacket(mixed.content(), TARGET, TARGET));
    DatagramPacket back = channel.readInbound();
    if (back == null) {
      assertThat(bytes).isEmpty();
    } else {
      assertThat(back.content()).isEqualTo(Unpooled.wrappedBuffer(bytes));
      back.release();
    }
    var _ = channel.finishAndReleaseAll();
  }

  private static void pieces(byte[] bytes, Random random) {
    Fragments fragments = new Fragments();
    List<ByteBuf> all = new ArrayList<>();
    for (int i = 0; i < bytes.length; i++) {
      ByteBuf piece = counted(new byte[] {bytes[i]});
      all.add(piece);
      ByteBuf whole = fragments.add(bytes[i] & 1, random.nextInt(4), 1 + (bytes[i] & 3), piece);
      if (whole != null) {
        assertThat(whole.readableBytes()).isBetween(1, 4);
        whole.release();
      }
    }
    fragments.clear();
    assertThat(all).allMatch(it -> it.refCnt() == 0);
  }

  /** Even an empty one is counted, as Netty's constant for it is not. */
  private static ByteBuf counted(byte[] bytes) {
    return Unpooled.buffer(bytes.length + 1).writeBytes(bytes);
  }

  /** Hysteria's own example of what the hash is computed from: BLAKE2b-256 of key and salt. */
  @Test
  void salamanderMixesWithTheHashOfKeyAndSalt() {
    org.bouncycastle.crypto.digests.Blake2bDigest digest =
        new org.bouncycastle.crypto.digests.Blake2bDigest(256);
    byte[] key = HYSTERIA.salamander().orElseThrow().bytes();
    byte[] payload = new byte[100];
    RANDOM.nextBytes(payload);
    EmbeddedChannel channel =
        new EmbeddedChannel(new Salamander(HYSTERIA.salamander().orElseThrow(), RANDOM));
    channel.writeOutbound(new DatagramPacket(Unpooled.copiedBuffer(payload), TARGET));
    DatagramPacket mixed = channel.readOutbound();
    byte[] salt = new byte[8];
    mixed.content().readBytes(salt);
    byte[] hash = new byte[32];
    digest.update(key, 0, key.length);
    digest.update(salt, 0, salt.length);
    assertThat(digest.doFinal(hash, 0)).isEqualTo(32);
    for (int i = 0; i < payload.length; i++) {
      assertThat(mixed.content().readByte()).isEqualTo((byte) (payload[i] ^ hash[i % 32]));
    }
    mixed.release();
  }
}
