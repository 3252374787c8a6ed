package dev.gander.proxy;

import dev.gander.config.Endpoint;
import dev.gander.node.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session of AnyTLS (anytls-go, protocol.md, version 2) on one connection of TLS: one stream, and
 * when that has ended another. Event loop.
 */
final class AnytlsSession extends ByteToMessageDecoder {

  private final Hop hop;
  private final Secret password;
  private final AnytlsSessions sessions;
  private final AnytlsFrames frames;
  private @Nullable ChannelHandlerContext context;
  private @Nullable AnytlsStream stream;
  private @Nullable ScheduledFuture<?> ackAlarm;
  private int lastId;
  private boolean heard;
  private boolean tellsOfStreams;
  private boolean gone;

  AnytlsSession(Hop hop, Secret password, AnytlsSessions sessions, AnytlsFrames frames) {
    this.hop = hop;
    this.password = password;
    this.sessions = sessions;
    this.frames = frames;
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext known = context;
    if (known == null) {
      throw new IllegalStateException("the connection does not stand");
    }
    return known;
  }

  Channel channel() {
    return context().channel();
  }

  /** TLS stands: says who we are. */
  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    int padding = frames.firstPadding();
    ByteBuf words = active.alloc().buffer(34 + padding);
    words.writeBytes(sha256(password)).writeShort(padding).writeZero(padding);
    var _ = active.writeAndFlush(words);
  }

  private static byte[] sha256(Secret password) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(password.bytes());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /**
   * Begins a stream.
   *
   * @param head what the server is told first
   * @param opened completes with the stream
   * @return whether it could: it may have ended while it was idle
   */
  boolean begin(
      InetSocketAddress target,
      byte[] head,
      ChannelHandler handlers,
      CompletableFuture<Channel> opened) {
    if (gone || !channel().isActive()) {
      return false;
    }
    AnytlsStream made = new AnytlsStream(this, ++lastId, target);
    stream = made;
    ByteBuf words = context().alloc().buffer(256 + head.length);
    if (lastId == 1) {
      ByteBuf _ = frames.settings(words);
    }
    AnytlsFrames.head(words, AnytlsFrames.SYN, made.number(), 0);
    frames.write(context(), AnytlsFrames.frame(words, AnytlsFrames.PUSH, made.number(), head));
    ackAlarm =
        channel()
            .eventLoop()
            .schedule(() -> late(made), hop.patience().toNanos(), TimeUnit.NANOSECONDS);
    made.pipeline().addLast(handlers);
    var _ =
        channel()
            .eventLoop()
            .register(made)
            .addListener(_ -> {
              if (!opened.complete(made)) {
                var _ = made.close();
              }
            });
    return true;
  }

  private void late(AnytlsStream waiting) {
    if (waiting.equals(stream) && tellsOfStreams) {
      String time = hop.patience().toSeconds() + " s";
      waiting.fail(unreached(waiting, "it said nothing for " + time));
      die("it said nothing for " + time);
    }
  }

  private IOException unreached(AnytlsStream to, String reason) {
    return new IOException(hop + " does not reach " + Endpoint.text(to.target()) + ": " + reason);
  }

  private void acknowledged() {
    ScheduledFuture<?> alarm = ackAlarm;
    if (alarm != null) {
      alarm.cancel(false);
      ackAlarm = null;
    }
  }

  /** Bytes for the target; taken over. */
  void push(AnytlsStream from, ByteBuf bytes) {
    frames.write(context(), AnytlsFrames.pushed(context().alloc(), from.number(), bytes));
  }

  void pause() {
    var _ = channel().config().setAutoRead(false);
  }

  void resume() {
    if (!gone && !channel().config().isAutoRead()) {
      var _ = channel().config().setAutoRead(true);
    }
  }

  /** The stream was closed: the session waits for the next. */
  void ended(AnytlsStream over) {
    if (!over.equals(stream)) {
      return;
    }
    stream = null;
    acknowledged();
    if (gone || !channel().isActive()) {
      return;
    }
    resume();
    if (!over.theirEnd()) {
      ByteBuf fin = context().alloc().buffer(AnytlsFrames.HEAD);
      frames.write(context(), AnytlsFrames.head(fin, AnytlsFrames.FIN, over.number(), 0));
    }
    sessions.idle(this);
  }

  @Override
  protected void decode(ChannelHandlerContext from, ByteBuf in, List<Object> out)
      throws IOException {
    if (in.readableBytes() < AnytlsFrames.HEAD) {
      return;
    }
    int length = in.getUnsignedShort(in.readerIndex() + 5);
    if (in.readableBytes() < AnytlsFrames.HEAD + length) {
      return;
    }
    int command = in.readUnsignedByte();
    int id = in.readInt();
    heard = true;
    take(command, id, in.skipBytes(2).readSlice(length));
  }

  private void take(int command, int id, ByteBuf data) throws IOException {
    AnytlsStream current = stream;
    boolean ours = current != null && current.number() == id;
    switch (command) {
      case AnytlsFrames.PUSH -> {
        if (current != null && ours) {
          acknowledged();
          current.arrived(data.retain());
        }
      }
      case AnytlsFrames.FIN -> {
        if (current != null && ours) {
          current.finished();
        }
      }
      case AnytlsFrames.SYN_ACK -> {
        if (current != null && ours) {
          acknowledged();
          if (data.isReadable()) {
            current.fail(unreached(current, ServerText.take(data, data.readableBytes())));
          }
        }
      }
      case AnytlsFrames.HEART_REQUEST -> {
        if (channel().isWritable()) {
          ByteBuf out = context().alloc().buffer(AnytlsFrames.HEAD);
          frames.write(context(), AnytlsFrames.head(out, AnytlsFrames.HEART_RESPONSE, id, 0));
        }
      }
      case AnytlsFrames.SERVER_SETTINGS ->
          tellsOfStreams =
              ("\n" + data.toString(StandardCharsets.UTF_8))
                  .matches("(?s).*\nv=([2-9]|[0-9]{2,}).*");
      case AnytlsFrames.UPDATE_PADDING -> sessions.pad(data.toString(StandardCharsets.UTF_8));
      case AnytlsFrames.ALERT ->
          throw new IOException("it says: " + ServerText.take(data, data.readableBytes()));
      default -> {
        // What is there to be ignored, and what later versions may bring.
      }
    }
  }

  /** Netty's would ask for more though nobody wants it. */
  @Override
  public void channelReadComplete(ChannelHandlerContext from) {
    discardSomeReadBytes();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext from) {
    AnytlsStream current = stream;
    if (current != null) {
      current.again();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext from) {
    die(
        heard
            ? "it closed the connection"
            : "it closed the connection without a word: is the password right?");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext from, Throwable failure) {
    @Nullable Throwable cause = failure.getCause();
    boolean ours = cause instanceof IOException && failure instanceof DecoderException;
    die(String.valueOf((ours && cause != null ? cause : failure).getMessage()));
  }

  /** Ends it, and what it carries. */
  void die(String why) {
    if (gone) {
      return;
    }
    gone = true;
    acknowledged();
    sessions.gone(this);
    AnytlsStream current = stream;
    if (current != null) {
      current.fail(new IOException(hop + ": " + why));
    }
    var _ = channel().close();
  }
}
