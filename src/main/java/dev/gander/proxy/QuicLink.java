package dev.gander.proxy;

import dev.gander.clock.Clock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicConnectionStats;
import io.netty.handler.codec.quic.QuicDatagramExtensionEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.collection.IntObjectHashMap;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One QUIC connection with a proxy server, and the flows on it: streams, and datagrams by target.
 * It keeps itself alive, and ends when nobody has used it for a while. Event loop, but for what is
 * said to be otherwise.
 */
abstract class QuicLink extends ChannelInboundHandlerAdapter {

  /** A third of the time after which QUIC gives a silent peer up. */
  private static final long TICK_NANOS = Duration.ofSeconds(10).toNanos();

  private static final long IDLE_NANOS = Duration.ofSeconds(60).toNanos();

  /** As many as TUIC can number; what a relay has at once is far below. */
  private static final int MOST_FLOWS = 1 << 16;

  /** Completes with the QUIC channel when flows may begin; else says why not. Any thread. */
  final CompletableFuture<Channel> standing = new CompletableFuture<>();

  private final Hop hop;
  private final Clock clock;
  private final Set<Channel> flows = Collections.newSetFromMap(new IdentityHashMap<>());
  private final IntObjectHashMap<DatagramFlow> datagramFlows = new IntObjectHashMap<>();
  private @Nullable QuicChannel channel;
  private int datagramRoom;
  private int lastId;
  private long idleSince;
  private long received = -1;
  private Clock.@Nullable Alarm ticking;
  private boolean gone;
  private volatile boolean retired;

  QuicLink(Hop hop, Clock clock) {
    this.hop = hop;
    this.clock = clock;
  }

  /** The handshake is done: says who wants to be served, and then {@link #stands} or else. */
  abstract void greet(QuicChannel connection) throws IOException;

  /** Writes something that the server acknowledges and does nothing about. */
  abstract void keepAlive(QuicChannel connection);

  /** A datagram came; it is the caller's. */
  abstract void heard(ByteBuf datagram);

  /**
   * Writes a datagram of a flow's, without flushing.
   *
   * @param payload read, not taken over
   * @throws IOException if it cannot be carried
   */
  abstract void send(DatagramFlow flow, ByteBuf payload) throws IOException;

  /** What may be wrong where a server ends the connection. */
  String doubt() {
    return "";
  }

  /** Tells the server that nothing more comes; the flow is closed. */
  void left(DatagramFlow flow) {}

  /** Whether the server says that it carries datagrams. */
  boolean carriesDatagrams() {
    return true;
  }

  /** Further handlers of the connection. */
  List<ChannelHandler> besides() {
    return List.of();
  }

  /** For a stream that the server opens. */
  ChannelHandler theirs() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelActive(ChannelHandlerContext context) {
        var _ = context.close();
      }
    };
  }

  /**
   * Whether new flows may begin on it. Any thread. Netty counts down from what the server allows,
   * and below zero where a stream was opened before it had asked QUIC for that.
   */
  final boolean takesFlows() {
    QuicChannel known = channel;
    return !retired
        && known != null
        && known.isActive()
        && known.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) != 0;
  }

  final QuicChannel channel() {
    QuicChannel known = channel;
    if (known == null) {
      throw new IllegalStateException("the handshake is not done");
    }
    return known;
  }

  /** How long a datagram of QUIC may be; 0: the server takes none. */
  final int datagramRoom() {
    return datagramRoom;
  }

  /** The handshake is done. */
  final void shaken(QuicChannel connection) {
    channel = connection;
    // Not now: Netty first has to learn how many streams the server allows.
    connection.eventLoop().execute(() -> greeted(connection));
  }

  private void greeted(QuicChannel connection) {
    try {
      greet(connection);
    } catch (IOException e) {
      refused(String.valueOf(e.getMessage()));
    }
  }

  /** The server serves us. */
  final void stands() {
    if (!gone) {
      idleSince = clock.nanoTime();
      if (standing.complete(channel())) {
        alarm();
      } else {
        finish();
      }
    }
  }

  /** The server does not serve us. */
  final void refused(String reason) {
    standing.completeExceptionally(new Hop.Refusal(reason));
    die(reason);
  }

  /** Opens a stream. */
  final void stream(ChannelHandler handlers, CompletableFuture<Channel> opened) {
    var _ =
        channel()
            .createStream(QuicStreamType.BIDIRECTIONAL, handlers)
            .addListener(done -> {
              if (done.getNow() instanceof QuicStreamChannel stream) {
                begun(stream, opened);
              } else {
                opened.completeExceptionally(
                    new Hop.Refusal("it takes no stream: " + done.cause().getMessage()));
              }
            });
  }

  /** Opens a flow of datagrams. */
  final void datagrams(
      InetSocketAddress target, ChannelHandler handlers, CompletableFuture<Channel> opened) {
    if (datagramRoom == 0 || !carriesDatagrams()) {
      opened.completeExceptionally(new Hop.Refusal("it carries no datagrams"));
      return;
    }
    if (datagramFlows.size() >= MOST_FLOWS) {
      opened.completeExceptionally(new Hop.Refusal("it carries no more datagrams at once"));
      return;
    }
    do {
      lastId = lastId + 1 & MOST_FLOWS - 1;
    } while (datagramFlows.containsKey(lastId));
    DatagramFlow flow = new DatagramFlow(this, lastId, target);
    datagramFlows.put(lastId, flow);
    flow.pipeline().addLast(handlers);
    var _ = channel().eventLoop().register(flow).addListener(_ -> begun(flow, opened));
  }

  private void begun(Channel flow, CompletableFuture<Channel> opened) {
    flows.add(flow);
    var _ =
        flow.closeFuture()
            .addListener(_ -> {
              flows.remove(flow);
              idleSince = clock.nanoTime();
            });
    if (!opened.complete(flow)) {
      var _ = flow.close();
    }
  }

  final @Nullable DatagramFlow flow(int id) {
    return datagramFlows.get(id);
  }

  final void ended(DatagramFlow flow) {
    datagramFlows.remove(flow.number());
    if (!gone) {
      left(flow);
    }
  }

  /**
   * In how many datagrams of QUIC's a payload goes.
   *
   * @param most what one of them holds of it
   */
  static int pieces(ByteBuf payload, int most) throws IOException {
    int count = most <= 0 ? 256 : Math.max(1, Math.ceilDiv(payload.readableBytes(), most));
    if (count > 255) {
      throw new IOException("a datagram is too long");
    }
    return count;
  }

  /**
   * Writes a datagram of QUIC's.
   *
   * @throws IOException if it is dropped
   */
  final void write(ByteBuf datagram) throws IOException {
    QuicChannel to = channel();
    if (gone || !to.isWritable()) {
      datagram.release();
      throw blocked();
    }
    var _ = to.write(datagram);
  }

  static IOException blocked() {
    return new IOException("a datagram is dropped: the way is blocked");
  }

  final void flush() {
    if (!gone) {
      channel().flush();
    }
  }

  private void alarm() {
    ticking =
        clock.alarm(clock.nanoTime() + TICK_NANOS, () -> channel().eventLoop().execute(this::tick));
  }

  private void over() {
    gone = true;
    retired = true;
    if (ticking != null) {
      ticking.cancel();
    }
  }

  private void tick() {
    QuicChannel known = channel();
    if (gone || !known.isActive()) {
      return;
    }
    if (flows.isEmpty() && clock.nanoTime() - idleSince >= IDLE_NANOS) {
      finish();
      return;
    }
    var _ =
        known
            .collectStats()
            .addListener(done -> {
              if (done.getNow() instanceof QuicConnectionStats stats) {
                // What kept it alive the last time was not even acknowledged: others try anew.
                retired |= stats.recv() == received;
                received = stats.recv();
              }
            });
    keepAlive(known);
    alarm();
  }

  /** Nobody needs it. */
  private void finish() {
    over();
    var _ = channel().close(true, 0x100, Unpooled.EMPTY_BUFFER);
  }

  /** Ends it, and tells every flow why. */
  final void die(String why) {
    if (gone) {
      return;
    }
    over();
    standing.completeExceptionally(hop.unreachable(new IOException(why)));
    for (Channel flow : flows.toArray(Channel[]::new)) {
      flow.pipeline().fireExceptionCaught(new IOException(hop + ": " + why));
      var _ = flow.close();
    }
    QuicChannel known = channel;
    if (known != null) {
      var _ = known.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof ByteBuf datagram)) {
      context.fireChannelRead(message);
      return;
    }
    try {
      heard(datagram);
    } finally {
      datagram.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof QuicDatagramExtensionEvent datagrams) {
      datagramRoom = datagrams.maxLength();
    } else if (event instanceof QuicConnectionCloseEvent close) {
      // Not when QUIC's draining ends (RFC 9000 section 10.2): that is three timeouts away.
      context.executor().execute(() -> die(closed(close)));
    }
    context.fireUserEventTriggered(event);
  }

  private String closed(QuicConnectionCloseEvent close) {
    String text;
    try {
      text = ServerText.shown(new String(close.reason(), StandardCharsets.UTF_8));
    } catch (NullPointerException e) {
      // Netty's getter copies the reason, and there need not be one.
      text = "";
    }
    return "it closed the connection ("
        + (close.isApplicationClose() ? "" : "transport ")
        + "code "
        + close.error()
        + (text.isEmpty() ? ")" : ", " + text + ")")
        + doubt();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    QuicChannel known = channel;
    die(
        known != null && known.isTimedOut()
            ? "it was silent for too long"
            : "the connection ended");
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    die("QUIC failed: " + failure.getMessage());
    var _ = context.close();
  }

  /** Below QUIC: a closed port says so by ICMP, and nobody need wait for the idle time to end. */
  final ChannelHandler under() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        boolean refused = failure instanceof PortUnreachableException;
        die(refused ? "Connection refused (UDP)" : String.valueOf(failure.getMessage()));
        var _ = context.close();
      }

      @Override
      public void channelInactive(ChannelHandlerContext context) {
        die("what carried the connection ended");
        context.fireChannelInactive();
      }
    };
  }

  /** No handshake within the time for it. */
  final void late() {
    die("it did not finish the QUIC handshake in " + hop.patience().toSeconds() + " s");
  }
}
