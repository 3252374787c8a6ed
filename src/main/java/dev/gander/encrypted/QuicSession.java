package dev.gander.encrypted;

import io.netty.channel.Channel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Questions on streams of QUIC. */
abstract class QuicSession extends StreamSession {

  private final QuicChannel connection;
  private final QuicSignals signals;
  private final int giveUpCode;

  /** What left before the server had proven who it is. */
  private final List<Question> early = new ArrayList<>();

  /**
   * @param giveUpCode the error code for a question that nobody waits for any more
   */
  QuicSession(QuicPath.Connected connected, String server, int giveUpCode) {
    super(connected.channel(), connected.handshake(), server);
    connection = connected.channel();
    signals = connected.signals();
    this.giveUpCode = giveUpCode;
  }

  final QuicChannel connection() {
    return connection;
  }

  @Override
  void watch() {
    signals.moreStreams = this::next;
    var _ =
        connection
            .closeFuture()
            .addListener(done -> {
              if (!signals.text.isEmpty()) {
                because(signals.text);
              } else if (connection.isTimedOut()) {
                because("the connection to " + server() + " was idle");
              }
            });
    if (signals.early()) {
      var _ = signals.shaken.thenRunAsync(this::next, connection.eventLoop());
      var _ = signals.overdue.thenRunAsync(this::askEarlyOnesAgain, connection.eventLoop());
    }
    super.watch();
  }

  @Override
  final SessionException gone() {
    SessionException known = signals.failure;
    return known == null ? super.gone() : known;
  }

  /** RFC 9250 section 4.5: what may be replayed must do nothing but ask. */
  @Override
  final boolean mayStart(byte[] query) {
    if (signals.shaken.isDone()) {
      return connection.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0;
    }
    return Queries.isQuery(query) && early.size() < signals.earlyStreams();
  }

  @Override
  final void started(Question question) {
    if (!signals.shaken.isDone()) {
      early.add(question);
    }
  }

  /** A server that knows us no longer has not read them, and QUIC repeats them after seconds. */
  private void askEarlyOnesAgain() {
    early.forEach(this::again);
    early.clear();
  }

  @Override
  final void start(Question question) {
    CompletableFuture<Reply> reply = question.reply();
    var _ =
        stream(reply)
            .addListener(done -> {
              if (done.isSuccess()) {
                Channel stream = (Channel) done.getNow();
                var _ = stream.closeFuture().addListener(closed -> next());
                leaveOnFailure(reply, stream);
                write(stream, Queries.padded(question.query()));
              } else {
                reply.completeExceptionally(
                    SessionException.ended(
                        server() + " takes no further stream: " + done.cause().getMessage()));
              }
            });
  }

  /**
   * Later, when a stream that has ended is known to have: a reset too many, and servers take us for
   * an attacker (CVE-2023-44487).
   */
  private void leaveOnFailure(CompletableFuture<Reply> reply, Channel stream) {
    var _ =
        reply.whenComplete((_, failure) -> {
          if (failure != null) {
            stream
                .eventLoop()
                .execute(() -> {
                  if (stream.isActive()) {
                    leave(stream);
                  }
                });
          }
        });
  }

  /** Opens a stream whose answer goes to {@code reply}. */
  abstract Future<? extends Channel> stream(CompletableFuture<Reply> reply);

  /** Writes the question and ends our side of the stream. */
  abstract void write(Channel stream, byte[] message);

  /** Gives up a stream on which an answer may still come. */
  private void leave(Channel stream) {
    if (stream instanceof QuicStreamChannel quic) {
      var _ = quic.shutdown(giveUpCode);
    }
  }
}
