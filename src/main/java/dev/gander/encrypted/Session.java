package dev.gander.encrypted;

import java.util.concurrent.CompletableFuture;

/** One connection to one server with any number of questions in flight. Any thread. */
public interface Session extends AutoCloseable {

  /**
   * Sends a question, padded (RFC 8467); never blocks.
   *
   * @param query a whole message, as {@code Query.toUpstream} makes it; not changed
   * @return completes with the reply, or a {@link SessionException}. Cancelling it gives the
   *     question up
   */
  CompletableFuture<Reply> ask(byte[] query);

  /** Whether it takes questions still. */
  boolean open();

  /** Replies that have come on it: of a server that takes connections only to end them, none. */
  long answered();

  /** Questions that have been asked on it and wait for their reply. */
  int waiting();

  /** Completes when the connection is gone. */
  CompletableFuture<Void> closed();

  /** How it came about. */
  Handshake handshake();

  /** Takes no further question, and closes once those under way are answered. */
  void retire();

  /** Ends it at once; who waits hears that it ended. */
  @Override
  void close();
}
