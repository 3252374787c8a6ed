package dev.gander.proxy;

import dev.gander.clock.Clock;
import dev.gander.node.ProxyServer.Tuic;
import dev.gander.proxy.Carrier.Stack;
import dev.gander.tls.TlsExporter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import javax.net.ssl.SSLEngine;

/**
 * A connection with a TUIC server, version 5 (its SPEC.md): who we are goes out on a stream of its
 * own and is not answered. Event loop.
 */
final class TuicConnection extends QuicLink {

  private static final int TOKEN = 32;

  /** Datagrams that come as streams, at once; each is at most as long as UDP's. */
  private static final int STREAMS = 256;

  private static final int STREAM_WINDOW = 1 << 17;

  private final TlsExporter exporter;
  private final byte[] id;
  private final byte[] password;
  private final boolean streams;

  TuicConnection(Hop hop, Clock clock, TlsExporter exporter, Tuic server) {
    super(hop, clock);
    this.exporter = exporter;
    id = V2rayAddress.user(server.id());
    password = server.password().bytes();
    streams = server.streams();
  }

  /** With room for datagrams that the server sends as streams. */
  static QuicClientCodecBuilder codec() {
    return new QuicClientCodecBuilder()
        .initialMaxStreamsUnidirectional(STREAMS)
        .initialMaxStreamDataUnidirectional(STREAM_WINDOW);
  }

  /** What goes ahead of the first bytes on a stream to a target; nothing answers it. */
  static Stack opening(Hop hop, InetSocketAddress target) throws IOException {
    ByteBuf words = TuicWords.command(Unpooled.buffer(64), TuicWords.CONNECT);
    AddressForm.TUIC.write(words, target);
    byte[] request = ByteBufUtil.getBytes(words);
    return pipeline ->
        pipeline.addLast(
            new RequestAhead(_ -> Unpooled.wrappedBuffer(request)),
            new Blame(hop, "the target did, or the id or the password is wrong"));
  }

  @Override
  void greet(QuicChannel connection) throws IOException {
    SSLEngine engine = connection.sslEngine();
    if (engine == null) {
      throw new IOException("it closed the connection in the handshake");
    }
    byte[] token = exporter.export(engine, id, password, TOKEN);
    ByteBuf words = connection.alloc().buffer(2 + id.length + TOKEN);
    alone(TuicWords.command(words, TuicWords.AUTHENTICATE).writeBytes(id).writeBytes(token));
    stands();
  }

  @Override
  String doubt() {
    return ": is the id or the password wrong?";
  }

  /** Writes on a stream that holds nothing else. */
  private void alone(ByteBuf words) {
    var _ =
        channel()
            .createStream(QuicStreamType.UNIDIRECTIONAL, new ChannelInboundHandlerAdapter())
            .addListener(done -> {
              if (done.getNow() instanceof QuicStreamChannel stream) {
                var _ = stream.writeAndFlush(words).addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
              } else {
                words.release();
              }
            });
  }

  @Override
  void keepAlive(QuicChannel connection) {
    if (datagramRoom() > 0 && connection.isWritable()) {
      var _ =
          connection.writeAndFlush(
              TuicWords.command(connection.alloc().buffer(2), TuicWords.HEARTBEAT));
    }
  }

  @Override
  boolean carriesDatagrams() {
    return streams || super.carriesDatagrams();
  }

  @Override
  void left(DatagramFlow flow) {
    ByteBuf words = channel().alloc().buffer(4);
    alone(TuicWords.command(words, TuicWords.DISSOCIATE).writeShort(flow.number()));
  }

  @Override
  void send(DatagramFlow flow, ByteBuf payload) throws IOException {
    ByteBuf address = channel().alloc().buffer();
    try {
      AddressForm.TUIC.write(address, flow.target());
      if (streams) {
        inStream(flow, address, payload);
      } else {
        inPieces(flow, address, payload);
      }
    } finally {
      address.release();
    }
  }

  private void inStream(DatagramFlow flow, ByteBuf address, ByteBuf payload) throws IOException {
    if (channel().peerAllowedStreams(QuicStreamType.UNIDIRECTIONAL) == 0) {
      throw blocked();
    }
    alone(piece(flow, flow.nextPacket(), 1, 0, payload.readableBytes(), address, payload));
  }

  private void inPieces(DatagramFlow flow, ByteBuf address, ByteBuf payload) throws IOException {
    int most = datagramRoom() - TuicWords.PACKET_HEAD - address.readableBytes();
    int count = pieces(payload, most);
    int packet = flow.nextPacket();
    for (int index = 0; index < count; index++) {
      int size = Math.min(most, payload.readableBytes());
      write(piece(flow, packet, count, index, size, address, payload));
    }
  }

  private ByteBuf piece(
      DatagramFlow flow,
      int packet,
      int count,
      int index,
      int size,
      ByteBuf address,
      ByteBuf payload) {
    int length = TuicWords.PACKET_HEAD + address.readableBytes() + size;
    ByteBuf out = TuicWords.command(channel().alloc().directBuffer(length), TuicWords.PACKET);
    out.writeShort(flow.number())
        .writeShort(packet)
        .writeByte(count)
        .writeByte(index)
        .writeShort(size);
    if (index == 0) {
      out.writeBytes(address, address.readerIndex(), address.readableBytes());
    } else {
      TuicWords.noAddress(out);
    }
    return out.writeBytes(payload, size);
  }

  /** What cannot be read is dropped, as datagrams may be. */
  @Override
  void heard(ByteBuf datagram) {
    try {
      TuicWords.Packet packet = TuicWords.packet(datagram);
      if (packet != null && packet.size() <= datagram.readableBytes()) {
        arrived(packet, datagram.readRetainedSlice(packet.size()));
      }
    } catch (IOException e) {
      // A heartbeat, or nothing that we know.
    }
  }

  private void arrived(TuicWords.Packet packet, ByteBuf payload) {
    DatagramFlow flow = flow(packet.association());
    if (flow == null) {
      payload.release();
    } else {
      flow.arrived(packet.from(), packet.packet(), packet.index(), packet.count(), payload);
    }
  }

  @Override
  ChannelHandler theirs() {
    return new Words();
  }

  /** A datagram on a stream of its own. */
  private final class Words extends ByteToMessageDecoder {

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
        throws IOException {
      int start = in.readerIndex();
      TuicWords.Packet packet = TuicWords.packet(in);
      if (packet == null) {
        return;
      }
      if (in.readableBytes() < packet.size()) {
        in.readerIndex(start);
        return;
      }
      arrived(packet, in.readRetainedSlice(packet.size()));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      var _ = context.close();
    }
  }
}
