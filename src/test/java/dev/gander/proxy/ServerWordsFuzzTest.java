package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.gander.clock.Clock;
import dev.gander.node.LinkException;
import dev.gander.node.ProxyLinks;
import dev.gander.node.ProxyServer;
import dev.gander.proxy.Socks5Opening.Command;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever a proxy sends, in whatever pieces: the tunnel stands, or fails with an {@link
 * IOException}; datagrams are taken or dropped. Every buffer is released.
 */
class ServerWordsFuzzTest {

  private static final long SEED = 20261128;
  private static final int ROUNDS = 8_000;
  private static final InetSocketAddress TARGET =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 853);

  private static final List<String> WORDS =
      List.of(
          "\5\0\5\0\0\1abcdefrest",
          "\5\2\1\0\5\0\0\3\7aaaaaaabbrest",
          "\5\0\5\0\0\4aaaabbbbccccddddeerest",
          "\0\132abcdefrest",
          "HTTP/1.1 200 OK\r\nA: b\r\n\r\nrest",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 407 No\n\n",
          "\0\0\0\1aaaabbpayload",
          "\0\0\0\3\3aaabbpayload",
          "\0\4\0\1\2\1\0\4data\0\4\0\1\4\1\0\1x\0\4\0\1\3\0rest",
          "\0\14\0\1\2\1\1\0\65\1aaaa\0\1x\0\4\0\2\3\0");

  private static List<Supplier<ChannelHandler>> openings() {
    ProxyServer.Login login = login();
    return List.of(
        () -> new Socks5Opening(Command.CONNECT, TARGET, Optional.of(login)),
        () -> new Socks5Opening(Command.UDP_ASSOCIATE, TARGET, Optional.empty()),
        () -> new Socks4Opening(TARGET, login.password()),
        () -> new HttpOpening(TARGET, Optional.of(login)),
        () -> new ObfsHttp("x", 80, new SecureRandom()),
        () -> new ObfsTls("x", new SecureRandom()),
        MuxCool::new,
        () -> new ShadowsocksHandler(method("aes-128-gcm:x").stream(new byte[] {1})),
        () -> new ShadowsocksHandler(method("aes-256-cfb:x").stream(new byte[] {1})),
        () ->
            new ShadowsocksHandler(
                method("2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA==").stream(new byte[] {1})));
  }

  private static List<Supplier<DatagramWrapper>> wrappers() {
    return List.of(
        () -> new Socks5Datagrams(TARGET, InetSocketAddress.createUnresolved("x", 1)),
        () -> datagrams("chacha20-ietf-poly1305:x"),
        () -> datagrams("rc4-md5:x"),
        () -> datagrams("2022-blake3-chacha20-poly1305:" + "A".repeat(43) + "="),
        () -> datagrams("2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA=="));
  }

  private static DatagramWrapper datagrams(String user) {
    return new ShadowsocksDatagrams(
        TARGET, InetSocketAddress.createUnresolved("x", 1), method(user).datagrams());
  }

  private static ShadowsocksMethod method(String user) {
    return ShadowsocksMethods.of(
        (ProxyServer.Shadowsocks) server("ss://" + user + "@192.0.2.1:1"),
        Clock.system(),
        new SecureRandom());
  }

  private static ProxyServer.Login login() {
    return ((ProxyServer.Socks5) server("socks5://u:Qz7wXv@192.0.2.1")).login().orElseThrow();
  }

  static ProxyServer server(String link) {
    try {
      return ProxyLinks.parse(link);
    } catch (LinkException e) {
      throw new AssertionError(e);
    }
  }

  @FuzzTest(maxDuration = "5m")
  void anyBytesAreTakenOrRefused(byte[] bytes) {
    check(bytes, new Random(bytes.length));
  }

  @Test
  @Timeout(120)
  void anyAnswerWithAFewChangesIsTakenOrRefused() {
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      char[] word = WORDS.get(random.nextInt(WORDS.size())).toCharArray();
      byte[] bytes = new byte[word.length];
      for (int i = 0; i < word.length; i++) {
        bytes[i] = (byte) word[i];
      }
      for (int changes = random.nextInt(3); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      check(Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length * 2)), random);
    }
  }

  private static void check(byte[] bytes, Random random) {
    List<Supplier<ChannelHandler>> openings = openings();
    stream(openings.get(random.nextInt(openings.size())).get(), bytes, random);
    List<Supplier<DatagramWrapper>> wrappers = wrappers();
    datagram(wrappers.get(random.nextInt(wrappers.size())).get(), bytes);
  }

  private static void stream(ChannelHandler opening, byte[] bytes, Random random) {
    CompletableFuture<Channel> standing = new CompletableFuture<>();
    Gate gate = new Gate("it does not stand", new ChannelInboundHandlerAdapter(), standing);
    EmbeddedChannel channel = new EmbeddedChannel(opening, gate);
    ByteBuf[] pieces = new ByteBuf[3];
    int first = random.nextInt(bytes.length + 1);
    int second = first + random.nextInt(bytes.length - first + 1);
    pieces[0] = copied(bytes, 0, first);
    pieces[1] = copied(bytes, first, second);
    pieces[2] = copied(bytes, second, bytes.length);
    for (ByteBuf piece : pieces) {
      if (channel.isActive()) {
        channel.pipeline().fireChannelRead(piece);
      } else {
        piece.release();
      }
    }
    var _ = channel.close();
    channel.runPendingTasks();
    assertThat(standing).isDone();
    if (standing.isCompletedExceptionally()) {
      assertThat(standing.exceptionNow())
          .isInstanceOf(IOException.class)
          .message()
          .startsWith("it does not stand: ")
          .doesNotContain("Qz7wXv")
          .doesNotContain("Exception");
    }
    channel.releaseInbound();
    channel.releaseOutbound();
    for (ByteBuf piece : pieces) {
      assertThat(piece.refCnt()).isZero();
    }
  }

  /** Even an empty one is counted, as Netty's constant for it is not. */
  private static ByteBuf copied(byte[] bytes, int from, int to) {
    return Unpooled.buffer(to - from + 1).writeBytes(bytes, from, to - from);
  }

  private static void datagram(DatagramWrapper wrapper, byte[] bytes) {
    EmbeddedChannel channel = new EmbeddedChannel(wrapper);
    ByteBuf content = copied(bytes, 0, bytes.length);
    channel.writeInbound(new DatagramPacket(content, TARGET, TARGET));
    DatagramPacket packet = channel.readInbound();
    if (packet != null) {
      assertThat(packet.sender().getPort()).isBetween(0, 65_535);
      packet.release();
    }
    channel.checkException();
    assertThat(content.refCnt()).isZero();
    var _ = channel.close();
  }
}
