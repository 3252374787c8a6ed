package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.config.Endpoint;
import dev.gander.proxy.Exit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Sends one query and waits for its answer, over UDP with retries, or over TCP. */
final class QueryExchange {

  /**
   * What to ask.
   *
   * @param subnet EDNS Client Subnet to send, RFC 7871
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Ask(
      byte[] name,
      int type,
      boolean recursion,
      boolean dnssec,
      boolean checkingDisabled,
      boolean edns,
      Optional<Subnet> subnet) {}

  /** {@code ADDRESS/PREFIX} of {@code --subnet}. */
  record Subnet(InetAddress address, int prefix) {}

  /** The answer's bytes and what it took. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Outcome(byte[] wire, String transport, long nanos) {}

  private static final int UDP_SIZE = 1232;
  private static final int LONGEST = 65_535;

  private final Clock clock;
  private final Exit exit;
  private final InetSocketAddress server;
  private final Stages stages;
  private final Duration patience;
  private final int tries;

  /**
   * @param exit tells {@code stages} when the server is reached
   * @param patience for one try
   */
  QueryExchange(
      Clock clock,
      Exit exit,
      InetSocketAddress server,
      Stages stages,
      Duration patience,
      int tries) {
    this.clock = clock;
    this.exit = exit;
    this.server = server;
    this.stages = stages;
    this.patience = patience;
    this.tries = tries;
  }

  /**
   * Asks over UDP.
   *
   * @throws IOException if no answer came in any try
   */
  Outcome udp(Ask ask) throws IOException, InterruptedException {
    byte[] query = encode(ask);
    Answers answers = new Answers(query);
    long deadline = clock.nanoTime() + patience.toNanos();
    Channel channel = opened(exit.datagrams(server, answers), deadline, "udp");
    try {
      for (int attempt = 0; attempt < tries; attempt++) {
        long sent = clock.nanoTime();
        var _ =
            channel.writeAndFlush(
                new DatagramPacket(Unpooled.wrappedBuffer(query.clone()), server));
        if (clock.await(answers.first, sent + patience.toNanos())) {
          return outcome(answers, "udp", sent);
        }
      }
    } finally {
      var _ = channel.close();
    }
    throw new IOException(
        "no answer from " + Endpoint.text(server) + " (udp), asked " + tries + " times");
  }

  /**
   * Asks over TCP.
   *
   * @throws IOException if it cannot connect or no answer comes in time
   */
  Outcome tcp(Ask ask) throws IOException, InterruptedException {
    byte[] query = encode(ask);
    Answers answers = new Answers(query);
    ChannelInitializer<Channel> handlers =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(new LengthFieldBasedFrameDecoder(LONGEST + 2, 0, 2, 0, 2), answers);
          }
        };
    long deadline = clock.nanoTime() + patience.toNanos();
    Channel channel = opened(exit.connect(server, handlers), deadline, "tcp");
    try {
      long sent = clock.nanoTime();
      ByteBuf framed = Unpooled.buffer().writeShort(query.length).writeBytes(query);
      var _ = channel.writeAndFlush(framed);
      if (!clock.await(answers.first, sent + patience.toNanos())) {
        throw new IOException("no answer from " + Endpoint.text(server) + " (tcp) in time");
      }
      return outcome(answers, "tcp", sent);
    } finally {
      var _ = channel.close();
    }
  }

  private Channel opened(CompletableFuture<Channel> opening, long deadline, String transport)
      throws IOException, InterruptedException {
    if (!clock.await(opening, deadline)) {
      opening.cancel(false);
      throw new IOException(
          Endpoint.text(server) + " (" + transport + ") took no connection in time");
    }
    try {
      return opening.get();
    } catch (ExecutionException e) {
      throw told(e, transport);
    }
  }

  private Outcome outcome(Answers answers, String transport, long sent)
      throws IOException, InterruptedException {
    try {
      byte[] answer = answers.first.get();
      stages.end();
      return new Outcome(answer, transport, clock.nanoTime() - sent);
    } catch (ExecutionException e) {
      throw told(e, transport);
    }
  }

  private IOException told(ExecutionException failure, String transport) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause instanceof PortUnreachableException
        ? new IOException(
            "nothing listens on " + Endpoint.text(server) + " (" + transport + ")", cause)
        : new IOException(String.valueOf(cause.getMessage()), cause);
  }

  /** Waits for the first message that answers; over UDP others are left alone (RFC 5452). */
  private final class Answers extends ChannelInboundHandlerAdapter {

    private final CompletableFuture<byte[]> first = new CompletableFuture<>();
    private final byte[] query;

    Answers(byte[] query) {
      this.query = query;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf content = message instanceof DatagramPacket it ? it.content() : (ByteBuf) message;
      byte[] bytes = ByteBufUtil.getBytes(content);
      content.release();
      if (answers(query, bytes)) {
        first.complete(bytes);
      } else if (message instanceof ByteBuf) {
        first.completeExceptionally(
            new IOException(Endpoint.text(server) + " answered something else (tcp)"));
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      first.completeExceptionally(
          new IOException(Endpoint.text(server) + " closed the connection without an answer"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      first.completeExceptionally(cause);
    }
  }

  private static boolean answers(byte[] query, byte[] answer) {
    return answer.length >= 12
        && answer[0] == query[0]
        && answer[1] == query[1]
        && (answer[2] & 0x80) != 0;
  }

  static byte[] encode(Ask ask) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(new SecureRandom().nextInt(0x10000));
    out.writeShort((ask.recursion() ? 0x0100 : 0) | (ask.checkingDisabled() ? 0x0010 : 0));
    out.writeShort(1);
    out.writeShort(0);
    out.writeShort(0);
    out.writeShort(ask.edns() ? 1 : 0);
    out.write(ask.name());
    out.writeShort(ask.type());
    out.writeShort(1);
    if (ask.edns()) {
      out.writeByte(0);
      out.writeShort(41);
      out.writeShort(UDP_SIZE);
      out.writeInt(ask.dnssec() ? 0x8000 : 0);
      byte[] option = ask.subnet().isPresent() ? subnetOption(ask.subnet().get()) : new byte[0];
      out.writeShort(option.length);
      out.write(option);
    }
    return bytes.toByteArray();
  }

  /** RFC 7871 § 6: only as many bytes as the prefix needs, the bits behind it zero. */
  private static byte[] subnetOption(Subnet subnet) throws IOException {
    byte[] address = subnet.address().getAddress();
    int length = (subnet.prefix() + 7) / 8;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(8);
    out.writeShort(4 + length);
    out.writeShort(address.length == 4 ? 1 : 2);
    out.writeByte(subnet.prefix());
    out.writeByte(0);
    if (length > 0 && subnet.prefix() % 8 != 0) {
      address[length - 1] &= (byte) (0xff << (8 - subnet.prefix() % 8));
    }
    out.write(address, 0, length);
    return bytes.toByteArray();
  }
}
