package dev.gander.encrypted;

import io.netty.channel.Channel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What all sessions share: the questions under way, and the end. All work is the event loop's. */
abstract class ChannelSession implements Session {

  private final Channel channel;
  private final Handshake handshake;
  private final String server;
  private final Map<Long, CompletableFuture<Reply>> underWay = new LinkedHashMap<>();
  private long asked;
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private volatile boolean open = true;
  private final AtomicLong answered = new AtomicLong();
  private final AtomicInteger waiting = new AtomicInteger();
  private @Nullable SessionException why;

  ChannelSession(Channel channel, Handshake handshake, String server) {
    this.channel = channel;
    this.handshake = handshake;
    this.server = server;
  }

  /** To be called once the session stands. */
  void watch() {
    // Not at once: TLS closes first, and then says why.
    var _ = channel.closeFuture().addListener(done -> channel.eventLoop().execute(this::ended));
  }

  final Channel channel() {
    return channel;
  }

  final String server() {
    return server;
  }

  @Override
  public CompletableFuture<Reply> ask(byte[] query) {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    waiting.incrementAndGet();
    var _ = reply.whenComplete((_, _) -> waiting.decrementAndGet());
    channel.eventLoop().execute(() -> begin(query, reply));
    return reply;
  }

  private void begin(byte[] query, CompletableFuture<Reply> reply) {
    if (reply.isDone()) {
      return;
    }
    if (!open()) {
      reply.completeExceptionally(gone());
      return;
    }
    long number = asked++;
    underWay.put(number, reply);
    var _ =
        reply.whenComplete((_, failure) -> {
          if (failure == null) {
            answered.incrementAndGet();
          }
          if (channel.eventLoop().inEventLoop()) {
            over(number);
          } else {
            channel.eventLoop().execute(() -> over(number));
          }
        });
    send(query, reply);
  }

  private void over(long number) {
    underWay.remove(number);
    if (!open && underWay.isEmpty()) {
      finish();
    }
  }

  /** Sends the question and sees to it that {@code reply} completes; on the event loop. */
  abstract void send(byte[] query, CompletableFuture<Reply> reply);

  /** Ends the connection in its own words. */
  void finish() {
    var _ = channel.close();
  }

  /** Says why the connection is about to end, for those who still wait. */
  final void because(String reason) {
    because(SessionException.ended(reason));
  }

  /** As {@link #because(String)}, with what may be done about it. */
  final void because(SessionException reason) {
    if (why == null) {
      why = reason;
    }
  }

  /** What to tell those whose connection is gone. */
  SessionException gone() {
    SessionException known = why;
    return known == null ? SessionException.ended(server + " closed the connection") : known;
  }

  private void ended() {
    open = false;
    for (CompletableFuture<Reply> each : List.copyOf(underWay.values())) {
      each.completeExceptionally(gone());
    }
    closed.complete(null);
  }

  @Override
  public final boolean open() {
    return open && channel.isOpen();
  }

  @Override
  public final long answered() {
    return answered.get();
  }

  @Override
  public final int waiting() {
    return waiting.get();
  }

  @Override
  public final CompletableFuture<Void> closed() {
    return closed;
  }

  @Override
  public final Handshake handshake() {
    return handshake;
  }

  @Override
  public final void retire() {
    open = false;
    channel
        .eventLoop()
        .execute(() -> {
          if (underWay.isEmpty()) {
            finish();
          }
        });
  }

  @Override
  public final void close() {
    open = false;
    channel
        .eventLoop()
        .execute(() -> {
          because("the connection to " + server + " was given up");
          finish();
        });
  }
}
