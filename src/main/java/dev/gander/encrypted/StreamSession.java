package dev.gander.encrypted;

import io.netty.channel.Channel;
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

  /** Whether the server allows one more stream, for this question. */
  abstract boolean mayStart(byte[] query);

  /** The question is about to leave. */
  void started(Question question) {}

  /** Asks on a stream of its own. */
  abstract void start(Question question);
}
