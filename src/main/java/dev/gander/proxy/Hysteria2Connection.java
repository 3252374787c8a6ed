package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.node.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.DefaultHttp3UnknownFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.AsciiString;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection with a Hysteria 2 server (v2.hysteria.network, protocol): one request of HTTP/3 that
 * says the password, then streams and datagrams. Event loop.
 */
final class Hysteria2Connection extends QuicLink {

  /** Session, packet, fragment's index and count. */
  private static final int FIXED = 8;

  private static final int LONGEST_ADDRESS = 2048;
  private static final int NOT_FOUND = 404;

  /** Of a type that everybody must ignore (RFC 9114 section 7.2.8), and that Netty writes. */
  private static final int RESERVED_FRAME = 0x1F * 2 + 0x21;

  private final Secret password;
  private final SecureRandom random;
  private boolean carriesDatagrams;

  Hysteria2Connection(Hop hop, Clock clock, Secret password, SecureRandom random) {
    super(hop, clock);
    this.password = password;
    this.random = random;
  }

  @Override
  List<ChannelHandler> besides() {
    return List.of(new Http3ClientConnectionHandler());
  }

  @Override
  void greet(QuicChannel connection) {
    var _ =
        Http3.newRequestStream(connection, new Answer())
            .addListener(done -> {
              if (done.getNow() instanceof QuicStreamChannel stream) {
                request(stream);
              } else {
                refused("it takes no request: " + done.cause().getMessage());
              }
            });
  }

  /** No rate is told (0): then the server finds out by itself how fast it may send. */
  private void request(QuicStreamChannel stream) {
    DefaultHttp3HeadersFrame frame = new DefaultHttp3HeadersFrame();
    frame.headers().method("POST").scheme("https").authority("hysteria").path("/auth");
    frame
        .headers()
        .add("hysteria-auth", new AsciiString(password.bytes(), false))
        .add("hysteria-cc-rx", "0")
        .add("hysteria-padding", Padding.text(random, 256, 2048))
        .add("content-length", "0");
    var _ = stream.writeAndFlush(frame).addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
  }

  @Override
  void keepAlive(QuicChannel connection) {
    QuicStreamChannel control = Http3.getLocalControlStream(connection);
    if (control != null) {
      var _ =
          control.writeAndFlush(
              new DefaultHttp3UnknownFrame(RESERVED_FRAME, Unpooled.EMPTY_BUFFER));
    }
  }

  /** What the server says to the request. */
  private final class Answer extends Http3RequestStreamInboundHandler {

    @Override
    protected void channelRead(ChannelHandlerContext context, Http3HeadersFrame frame) {
      CharSequence status = frame.headers().status();
      CharSequence datagrams = frame.headers().get("hysteria-udp");
      if ("233".contentEquals(String.valueOf(status))) {
        carriesDatagrams = "true".contentEquals(String.valueOf(datagrams));
        stands();
      } else {
        String code = ServerText.shown(String.valueOf(status));
        boolean likely = code.equals(String.valueOf(NOT_FOUND));
        refused(
            "it does not let us in: "
                + (likely ? "is the password right?" : "it answered " + code)
                + (likely ? " (it answered 404, as a web server)" : ", as a web server"));
      }
    }

    @Override
    protected void channelRead(ChannelHandlerContext context, Http3DataFrame frame) {
      frame.release();
    }

    @Override
    protected void channelInputClosed(ChannelHandlerContext context) {
      var _ = context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (!standing.isDone()) {
        refused("it did not answer whether it lets us in");
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      if (!standing.isDone()) {
        refused("its answer is not HTTP/3: " + failure.getMessage());
      }
      var _ = context.close();
    }
  }

  @Override
  boolean carriesDatagrams() {
    return carriesDatagrams;
  }

  @Override
  void send(DatagramFlow flow, ByteBuf payload) throws IOException {
    byte[] address = Endpoint.text(flow.target()).getBytes(StandardCharsets.UTF_8);
    int head = FIXED + Varint.length(address.length) + address.length;
    int most = datagramRoom() - head;
    int count = pieces(payload, most);
    int packet = flow.nextPacket();
    for (int index = 0; index < count; index++) {
      int length = Math.min(most, payload.readableBytes());
      ByteBuf piece = channel().alloc().directBuffer(head + length);
      piece.writeInt(flow.number()).writeShort(packet).writeByte(index).writeByte(count);
      Varint.write(piece, address.length);
      piece.writeBytes(address).writeBytes(payload, length);
      write(piece);
    }
  }

  /** What cannot be read is dropped, as datagrams may be. */
  @Override
  void heard(ByteBuf datagram) {
    if (datagram.readableBytes() < FIXED) {
      return;
    }
    DatagramFlow flow = flow(datagram.readInt());
    int packet = datagram.readUnsignedShort();
    int index = datagram.readUnsignedByte();
    int count = datagram.readUnsignedByte();
    InetSocketAddress from = address(datagram);
    if (flow != null && from != null) {
      flow.arrived(from, packet, index, count, datagram.retainedSlice());
    }
  }

  /** The sender, {@code host:port}; null if it is none. */
  static @Nullable InetSocketAddress address(ByteBuf in) {
    long length = Varint.read(in);
    if (length < 1 || length > Math.min(LONGEST_ADDRESS, in.readableBytes())) {
      return null;
    }
    String text = in.readCharSequence((int) length, StandardCharsets.UTF_8).toString();
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    if (colon < 1 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65_535) {
      return null;
    }
    boolean bracketed = text.charAt(0) == '[' && text.charAt(colon - 1) == ']' && colon > 2;
    String host = bracketed ? text.substring(1, colon - 1) : text.substring(0, colon);
    return Targets.ofLiteral(host, Integer.parseInt(port));
  }
}
