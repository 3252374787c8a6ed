package dev.gander.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigFile;
import dev.gander.config.DnsSettings.Upstream;
import dev.gander.encrypted.Session;
import dev.gander.encrypted.Sessions;
import dev.gander.forward.TestCertificates;
import dev.gander.forward.Unbound;
import dev.gander.message.Answer;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A real unbound that answers over UDP, TCP, TLS and HTTPS, to be asked through a proxy. */
public final class DnsBehind implements AutoCloseable {

  private static final Clock CLOCK = Clock.system();
  private static final Question QUESTION = Question.of("www.test", RecordType.A);

  private final Path directory;
  private final TestCertificates certificates;
  private final int[] ports;
  private final PeerProcess unbound;

  /**
   * @param directory where it keeps what it needs
   */
  public DnsBehind(Path directory) throws Exception {
    this.directory = directory;
    certificates = new TestCertificates(directory);
    TestCertificates.write(
        certificates.good, directory.resolve("server.pem"), directory.resolve("server.key"));
    ports = new int[] {PeerProcess.freePort(), PeerProcess.freePort(), PeerProcess.freePort()};
    unbound = Unbound.encrypted(directory, ports[0], ports[1], ports[2]);
  }

  /** Its own is the good one. */
  public TestCertificates certificates() {
    return certificates;
  }

  /** Of UDP and TCP. */
  public int port() {
    return ports[0];
  }

  /** Of TLS. */
  public int tlsPort() {
    return ports[1];
  }

  /** Asks over each transport. */
  void answersThrough(Exit exit) throws Exception {
    check(overUdp(exit, local(ports[0]), Query.own(QUESTION, false).toUpstream()));
    answersStreamsThrough(exit);
  }

  /** Asks over each transport but UDP. */
  void answersStreamsThrough(Exit exit) throws Exception {
    byte[] query = Query.own(QUESTION, false).toUpstream();
    check(overTcp(exit, local(ports[0]), query));
    check(encrypted(exit, "tls://127.0.0.1:" + ports[1], directory, ports[1], query));
    check(encrypted(exit, "https://127.0.0.1:" + ports[2], directory, ports[2], query));
  }

  @Override
  public void close() {
    unbound.close();
  }

  private static void check(byte[] message) throws Exception {
    Answer answer = Answer.parse(message, 0, message.length, QUESTION);
    assertThat(answer.answerCount()).isEqualTo(1);
  }

  private static InetSocketAddress local(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  private static byte[] overUdp(Exit exit, InetSocketAddress server, byte[] query)
      throws Exception {
    First first = new First();
    Channel channel = exit.datagrams(server, first).get(30, TimeUnit.SECONDS);
    channel.writeAndFlush(new DatagramPacket(Unpooled.copiedBuffer(query), server)).sync();
    byte[] answer = first.message.get(30, TimeUnit.SECONDS);
    channel.close().sync();
    return answer;
  }

  private static byte[] overTcp(Exit exit, InetSocketAddress server, byte[] query)
      throws Exception {
    First first = new First();
    ChannelInitializer<Channel> handlers =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new LengthFieldBasedFrameDecoder(65_537, 0, 2, 0, 2), first);
          }
        };
    Channel channel = exit.connect(server, handlers).get(30, TimeUnit.SECONDS);
    ByteBuf framed = Unpooled.buffer().writeShort(query.length).writeBytes(query);
    channel.writeAndFlush(framed).sync();
    byte[] answer = first.message.get(30, TimeUnit.SECONDS);
    channel.close().sync();
    return answer;
  }

  private static byte[] encrypted(Exit exit, String url, Path directory, int port, byte[] query)
      throws Exception {
    String text =
        "global { } dns { upstream { up: '"
            + url
            + "?ca=authority.pem&sni=dns.test' } } routing { fallback: direct }";
    Upstream upstream =
        ConfigFile.parse(text, directory.resolve("test.dae").toString())
            .settings()
            .dns()
            .upstreams()
            .getFirst();
    long deadline = CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    try (Session session = Sessions.of(upstream, exit, CLOCK).open(local(port), deadline)) {
      return session.ask(query).get(30, TimeUnit.SECONDS).message();
    }
  }

  /** The first message that comes. */
  private static final class First extends ChannelInboundHandlerAdapter {

    final CompletableFuture<byte[]> message = new CompletableFuture<>();

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
      ByteBuf content = read instanceof DatagramPacket packet ? packet.content() : (ByteBuf) read;
      message.complete(ByteBufUtil.getBytes(content));
      content.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      message.completeExceptionally(cause);
    }
  }
}
