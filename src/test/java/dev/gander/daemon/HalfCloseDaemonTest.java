package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.dial.ScriptedServer;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import dev.gander.tls.SelfSigned;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client over TLS that has asked all it wanted, and says so, before it has its answers. */
@Timeout(120)
class HalfCloseDaemonTest {

  /** More than may be under way on one connection, so that some wait to be read. */
  private static final int QUERIES = 300;

  private static final int HELD = 50;

  @TempDir Path folder;

  /** What the upstream holds back. */
  private final Deque<Runnable> held = new ArrayDeque<>();

  private final Set<Integer> answered = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<Void> notified = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  @ParameterizedTest
  @ValueSource(strings = {"close_notify", "FIN", "both"})
  void hearsAllAnswersAndThenTheEnd(String how) throws Exception {
    SelfSigned.make(List.of("dns.home.arpa"), List.of("127.0.0.1"), Duration.ofDays(30))
        .write(folder.resolve("cert.pem"), folder.resolve("key.pem"));
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    String bind = "tls://127.0.0.1:0?cert=cert.pem&key=key.pem";
    try (ScriptedServer upstream = new ScriptedServer(this::holdBack);
        RunningDaemon running =
            RunningDaemon.start(
                folder, RunningDaemon.configuration(bind, upstream.address().getPort(), ""))) {
      Channel client = connect(loops, running.endpoint("tls "));
      client.writeAndFlush(queries()).sync();
      if (!how.equals("FIN")) {
        client.pipeline().get(SslHandler.class).closeOutbound().sync();
      }
      if (!how.equals("close_notify")) {
        ((DuplexChannel) client).shutdownOutput().sync();
      }
      ended.get();
      assertThat(answered).hasSize(QUERIES);
      assertThat(notified).isCompleted();
      assertThat(running.counter("door_connections_cut")).isZero();
      assertThat(running.counter("replies_not_sent")).isZero();
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  /** Late, and the last first. */
  private void holdBack(byte[] question, InetSocketAddress from, ScriptedServer server)
      throws IOException {
    held.addFirst(() -> send(server, ScriptedServer.answerTo(question), from));
    if (held.size() == HELD) {
      held.forEach(Runnable::run);
      held.clear();
    }
  }

  private static void send(ScriptedServer server, byte[] answer, InetSocketAddress to) {
    try {
      server.send(answer, to);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static ByteBuf queries() {
    ByteBuf all = Unpooled.buffer();
    for (int i = 0; i < QUERIES; i++) {
      byte[] query = Query.own(Question.of("n" + i + ".example", RecordType.A), false).toUpstream();
      all.writeShort(query.length).writeShort(i).writeBytes(query, 2, query.length - 2);
    }
    return all;
  }

  private Channel connect(EventLoopGroup loops, InetSocketAddress server) throws Exception {
    SslContext tls =
        SslContextBuilder.forClient()
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm("")
            .build();
    Channel channel =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel made) {
                    made.pipeline()
                        .addLast(
                            tls.newHandler(made.alloc()),
                            new LengthFieldBasedFrameDecoder(65_537, 0, 2, 0, 2),
                            new Hearing());
                  }
                })
            .connect(server)
            .sync()
            .channel();
    channel.pipeline().get(SslHandler.class).handshakeFuture().sync();
    return channel;
  }

  private final class Hearing extends SimpleChannelInboundHandler<ByteBuf> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf reply) {
      answered.add(reply.readUnsignedShort());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof SslCloseCompletionEvent close && close.isSuccess()) {
        notified.complete(null);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      ended.complete(null);
    }
  }
}
