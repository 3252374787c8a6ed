package dev.gander.encrypted;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/** A stream for each question, as many at once as the server allows; the others wait in line. */
abstract class StreamSession extends ChannelSession {

  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Question(byte[] query, CompletableFuture<Reply> reply) {}

  private final ArrayDeque<Question> inLine = new ArrayDeque<>();

  StreamSession(Channel channel, Handshake handshake, String server) {
    super(channel, handshake, server);
  }

  @Override
  final void send(byte[] query, CompletableFuture<Reply> reply) {
    inLine.add(new Question(query, reply));
    next();
  }

  /** Asks on one more stream; whichever is answered first counts. */
  final void again(Question question) {
    inLine.add(question);
    next();
  }

  /** Starts as many as may start; to be called when a stream has ended, or more are allowed. */
  final void next() {
    while (!inLine.isEmpty() && channel().isOpen() && mayStart(inLine.element().query())) {
      Question question = inLine.remove();
      if (!question.reply().isDone()) {
        started(question);
        start(question);
      }
    }
  }

  private void start(Question question) {
    CompletableFuture<Reply> reply = question.reply();
    var _ =
        stream(reply)
            .addListener(done -> {
              if (done.isSuccess()) {
                Channel stream = (Channel) done.getNow();
                var _ =
                    stream
                        .closeFuture()
                        .addListener(closed -> {
                          ended();
                          next();
                        });
                leaveOnFailure(reply, stream);
                write(stream, Queries.padded(question.query()));
              } else {
                ended();
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

  /** Whether the server allows one more stream, for this question. */
  abstract boolean mayStart(byte[] query);

  /** The question is about to leave. */
  void started(Question question) {}

  /** A stream is over. */
  void ended() {}

  /** Opens a stream whose answer goes to {@code reply}. */
  abstract Future<? extends Channel> stream(CompletableFuture<Reply> reply);

  /** Writes the question and ends our side of the stream. */
  abstract void write(Channel stream, byte[] message);

  /** Gives up a stream on which an answer may still come. */
  abstract void leave(Channel stream);
}
