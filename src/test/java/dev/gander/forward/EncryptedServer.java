package dev.gander.forward;

import dev.gander.config.DnsSettings.Upstream.Scheme;
import dev.gander.proxy.PeerProcess;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.quic.InsecureQuicTokenHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Section;

/** A server of TCP, DoT, DoH, DoH3 or DoQ on loopback that answers or misbehaves as it is told. */
@SuppressWarnings("FutureReturnValueIgnored") // what cannot be sent is not missed
public final class EncryptedServer implements AutoCloseable {

  /** What it does with questions. */
  public enum Manner {
    ANSWER,
    /** Collects questions and answers the last first. */
    REVERSE,
    CLOSE_MID_ANSWER,
    /** Ends the connection behind each answer. */
    ONE_EACH,
    /** Over HTTP/2: says five times of a question that it was not looked at. */
    REFUSE_FIVE,
    GARBAGE,
    NEVER,
    HTTP_500,
    REDIRECT,
    MISDIRECTED,
    /** Over QUIC: never ends the stream of an answer. */
    UNENDED,
    HTML,
    OLD
  }

  final AtomicInteger connections = new AtomicInteger();
  final AtomicInteger questions = new AtomicInteger();
  final Set<Integer> lengths = ConcurrentHashMap.newKeySet();
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Scheme scheme;
  private final List<Runnable> held = new ArrayList<>();
  private final Set<Channel> accepted = ConcurrentHashMap.newKeySet();
  private final Channel listening;
  private final @Nullable X509Certificate clients;
  volatile Manner manner;
  volatile int holdUntil = 2;

  /** Sent with each answer over HTTP. */
  volatile String altSvc = "";

  /** What the last question over HTTP/3 said of it. */
  volatile String altUsed = "";

  public EncryptedServer(Scheme scheme, X509Bundle certificate, Manner manner, int port)
      throws Exception {
    this(scheme, certificate, manner, port, null);
  }

  /**
   * @param clients the authority that must vouch for clients; null if all are welcome
   */
  public EncryptedServer(
      Scheme scheme,
      X509Bundle certificate,
      Manner manner,
      int port,
      @Nullable X509Certificate clients)
      throws Exception {
    this.scheme = scheme;
    this.manner = manner;
    this.clients = clients;
    // Not any port: while a server restarts, a client's connection could get it for its own end.
    InetSocketAddress at =
        new InetSocketAddress(
            java.net.InetAddress.ofLiteral("127.0.0.1"), port == 0 ? PeerProcess.freePort() : port);
    listening =
        switch (scheme) {
          case TCP, TLS, HTTPS -> overTcp(certificate, at);
          default -> overQuic(certificate, at);
        };
  }

  public int port() {
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  private Channel overTcp(X509Bundle certificate, InetSocketAddress at) throws Exception {
    SslContextBuilder builder =
        SslContextBuilder.forServer(
            certificate.getKeyPair().getPrivate(), certificate.getCertificatePath());
    if (clients != null) {
      builder.trustManager(clients).clientAuth(ClientAuth.REQUIRE);
    }
    SslContext context =
        builder
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    scheme == Scheme.TLS ? "dot" : "h2"))
            .build();
    return new ServerBootstrap()
        .group(loops)
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                connections.incrementAndGet();
                accepted.add(channel);
                if (scheme != Scheme.TCP) {
                  channel.pipeline().addLast(context.newHandler(channel.alloc()));
                }
                if (scheme != Scheme.HTTPS) {
                  channel
                      .pipeline()
                      .addLast(new LengthFieldBasedFrameDecoder(65537, 0, 2, 0, 2), new Dot());
                } else {
                  channel
                      .pipeline()
                      .addLast(
                          Http2FrameCodecBuilder.forServer().build(),
                          new Http2MultiplexHandler(
                              new ChannelInitializer<Channel>() {
                                @Override
                                protected void initChannel(Channel stream) {
                                  stream.pipeline().addLast(new Doh2());
                                }
                              }));
                }
              }
            })
        .bind(at)
        .sync()
        .channel();
  }

  private Channel overQuic(X509Bundle certificate, InetSocketAddress at) throws Exception {
    boolean http = scheme == Scheme.H3;
    QuicSslContextBuilder builder =
        QuicSslContextBuilder.forServer(
            certificate.getKeyPair().getPrivate(), null, certificate.getCertificatePath());
    if (clients != null) {
      builder.trustManager(clients).clientAuth(ClientAuth.REQUIRE);
    }
    var context = builder.applicationProtocols(http ? "h3" : "doq").earlyData(true).build();
    QuicServerCodecBuilder codec =
        http ? Http3.newQuicServerCodecBuilder() : new QuicServerCodecBuilder();
    ChannelHandler handler =
        codec
            .sslContext(context)
            .maxIdleTimeout(20, TimeUnit.SECONDS)
            .initialMaxData(10_000_000)
            .initialMaxStreamDataBidirectionalRemote(100_000)
            .initialMaxStreamsBidirectional(100)
            .tokenHandler(InsecureQuicTokenHandler.INSTANCE)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    connections.incrementAndGet();
                    accepted.add(channel);
                    if (http) {
                      channel
                          .pipeline()
                          .addLast(
                              new Http3ServerConnectionHandler(
                                  new ChannelInitializer<QuicStreamChannel>() {
                                    @Override
                                    protected void initChannel(QuicStreamChannel stream) {
                                      stream.pipeline().addLast(new Doh3());
                                    }
                                  }));
                    }
                  }
                })
            .streamHandler(
                new ChannelInitializer<QuicStreamChannel>() {
                  @Override
                  protected void initChannel(QuicStreamChannel stream) {
                    stream.pipeline().addLast(new Doq());
                  }
                })
            .build();
    return new Bootstrap()
        .group(loops)
        .channel(NioDatagramChannel.class)
        .handler(handler)
        .bind(at)
        .sync()
        .channel();
  }

  /** The answer to a question: 10.1.x.y for namexy.test. */
  static byte[] answerTo(byte[] question) throws Exception {
    Message query = new Message(question);
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.addRecord(query.getQuestion(), Section.QUESTION);
    Name name = query.getQuestion().getName();
    int n = name.toString().hashCode();
    byte[] address = {10, (byte) (n >> 16), (byte) (n >> 8), (byte) n};
    answer.addRecord(
        new ARecord(name, DClass.IN, 300, java.net.InetAddress.getByAddress(address)),
        Section.ANSWER);
    return answer.toWire();
  }

  private interface Sender {
    void send(byte[] bytes, int status, String type, boolean end);

    /** Has not looked at it. */
    default void refuse() {
      throw new IllegalStateException("only HTTP/2 has a word for it");
    }
  }

  private void question(byte[] message, Channel connection, Sender sender) {
    questions.incrementAndGet();
    lengths.add(message.length);
    try {
      byte[] answer = answerTo(message);
      Runnable proper = () -> sender.send(answer, 200, "application/dns-message", true);
      switch (manner) {
        case ANSWER, OLD, UNENDED -> proper.run();
        case NEVER -> {}
        case REVERSE -> {
          held.addFirst(proper);
          if (held.size() >= holdUntil) {
            flush();
          } else {
            // The last one has nobody to wait for.
            connection.eventLoop().schedule(this::flush, 300, TimeUnit.MILLISECONDS);
          }
        }
        case REFUSE_FIVE -> {
          if (questions.get() > 5) {
            proper.run();
          } else {
            sender.refuse();
          }
        }
        case ONE_EACH -> {
          proper.run();
          end(connection);
        }
        case CLOSE_MID_ANSWER -> {
          sender.send(java.util.Arrays.copyOf(answer, 20), 200, "application/dns-message", false);
          connection.close();
        }
        case GARBAGE -> {
          byte[] garbage = new byte[1 << 20];
          java.util.Arrays.fill(garbage, (byte) 0x5a);
          sender.send(garbage, 200, "application/dns-message", true);
        }
        case HTTP_500 -> sender.send(new byte[0], 500, "text/plain", true);
        case REDIRECT -> sender.send(new byte[0], 302, "text/plain", true);
        case MISDIRECTED -> sender.send(new byte[0], 421, "text/plain", true);
        case HTML ->
            sender.send(
                "<html>".getBytes(java.nio.charset.StandardCharsets.UTF_8), 200, "text/html", true);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Once what has been written is on its way. */
  private static void end(Channel connection) {
    var loop = connection.eventLoop();
    loop.execute(() ->
        loop.execute(() -> {
          if (connection instanceof QuicChannel quic) {
            quic.close(true, 0, Unpooled.EMPTY_BUFFER);
          } else {
            connection.close();
          }
        }));
  }

  private void flush() {
    held.forEach(Runnable::run);
    held.clear();
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] all = new byte[buffer.readableBytes()];
    buffer.readBytes(all);
    return all;
  }

  /** Whole messages get their length before them; what is cut short promises more. */
  private ByteBuf framed(byte[] message, boolean whole) {
    if (manner == Manner.GARBAGE) {
      return Unpooled.wrappedBuffer(message);
    }
    ByteBuf length = Unpooled.buffer(2).writeShort(whole ? message.length : message.length + 20);
    return Unpooled.wrappedBuffer(length, Unpooled.wrappedBuffer(message));
  }

  private final class Dot extends SimpleChannelInboundHandler<ByteBuf> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
      question(
          bytes(frame),
          context.channel(),
          (message, status, type, end) -> context.writeAndFlush(framed(message, end)));
    }
  }

  private final class Doq extends SimpleChannelInboundHandler<ByteBuf> {
    private final ByteBuf got = Unpooled.buffer();

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf piece) {
      got.writeBytes(piece);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent && got.isReadable()) {
        got.skipBytes(2);
        question(
            bytes(got),
            context.channel().parent(),
            (message, status, type, end) -> {
              var written = context.writeAndFlush(framed(message, end));
              if (end && manner != Manner.UNENDED) {
                written.addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
              }
            });
      }
    }
  }

  private final class Doh2 extends ChannelInboundHandlerAdapter {
    private final ByteBuf got = Unpooled.buffer();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof Http2HeadersFrame frame && frame.isEndStream()) {
        asked(context, fromPath(frame.headers().path()));
      } else if (message instanceof Http2DataFrame frame) {
        got.writeBytes(frame.content());
        frame.release();
        if (frame.isEndStream()) {
          asked(context, bytes(got));
        }
      }
    }

    private void asked(ChannelHandlerContext context, byte[] query) {
      question(query, context.channel().parent(), new Answering(context));
    }

    private final class Answering implements Sender {
      private final ChannelHandlerContext context;

      Answering(ChannelHandlerContext context) {
        this.context = context;
      }

      @Override
      public void send(byte[] body, int status, String type, boolean end) {
        var headers =
            new DefaultHttp2Headers()
                .status("" + status)
                .add("content-type", type)
                .add("location", "/other");
        if (manner == Manner.OLD) {
          headers.add("age", "100");
        }
        if (!altSvc.isEmpty()) {
          headers.add("alt-svc", altSvc);
        }
        context.write(new DefaultHttp2HeadersFrame(headers, false));
        context.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), end));
      }

      @Override
      public void refuse() {
        context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM));
      }
    }
  }

  private static byte[] fromPath(CharSequence path) {
    String text = path.toString();
    return Base64.getUrlDecoder().decode(text.substring(text.indexOf("dns=") + 4));
  }

  private final class Doh3 extends Http3RequestStreamInboundHandler {
    private final ByteBuf got = Unpooled.buffer();
    private CharSequence path = "";

    @Override
    protected void channelRead(ChannelHandlerContext context, Http3HeadersFrame frame) {
      path = frame.headers().path();
      altUsed = String.valueOf(frame.headers().get("alt-used"));
    }

    @Override
    protected void channelRead(ChannelHandlerContext context, Http3DataFrame frame) {
      got.writeBytes(frame.content());
      frame.release();
    }

    @Override
    protected void channelInputClosed(ChannelHandlerContext context) {
      byte[] query = got.isReadable() ? bytes(got) : fromPath(path);
      question(
          query,
          context.channel().parent(),
          (body, status, type, end) -> {
            DefaultHttp3HeadersFrame headers = new DefaultHttp3HeadersFrame();
            headers
                .headers()
                .status("" + status)
                .add("content-type", type)
                .add("location", "/other");
            if (manner == Manner.OLD) {
              headers.headers().add("age", "100");
            }
            if (!altSvc.isEmpty()) {
              headers.headers().add("alt-svc", altSvc);
            }
            context.write(headers);
            var written =
                context.writeAndFlush(new DefaultHttp3DataFrame(Unpooled.wrappedBuffer(body)));
            if (end) {
              written.addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
            }
          });
    }
  }

  /** Cuts every connection; goes on listening. */
  void cutAll() {
    for (Channel channel : accepted) {
      if (channel instanceof QuicChannel quic) {
        quic.close(true, 0, Unpooled.EMPTY_BUFFER).syncUninterruptibly();
      } else {
        channel.close().syncUninterruptibly();
      }
    }
    accepted.clear();
  }

  @Override
  public void close() {
    cutAll();
    listening.close().syncUninterruptibly();
    cutAll(); // those who came meanwhile
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
