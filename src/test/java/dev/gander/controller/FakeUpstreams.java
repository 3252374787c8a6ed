package dev.gander.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.forward.Upstreams;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Messages;
import dev.gander.message.Query;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.xbill.DNS.Message;

/** Upstreams that answer when a test says so. */
final class FakeUpstreams implements Upstreams {

  private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

  /** One question that has reached an upstream; {@code asis} has the address asked. */
  record Asked(Query query, String upstream, long deadlineNanos, CompletableFuture<Answer> reply) {

    void answers(Message response) {
      reply.complete(Messages.answer(response));
    }

    void fails(Throwable failure) {
      reply.completeExceptionally(failure);
    }
  }

  @Override
  public Reply ask(Query query, String upstream, long deadlineNanos)
      throws IOException, InterruptedException {
    Asked one = new Asked(query, upstream, deadlineNanos, new CompletableFuture<>());
    asked.add(one);
    try {
      return new Reply(one.reply().get(), upstream);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Answer askAsIs(Query query, long deadlineNanos) throws IOException, InterruptedException {
    String asked = "asis " + query.client().asked().getAddress().getHostAddress();
    return ask(query, asked, deadlineNanos).answer();
  }

  /** The exits by which an upstream is asked for a client. */
  BiFunction<Client, String, String> exits = (_, _) -> "";

  @Override
  public String exits(Client client, String upstream) {
    return exits.apply(client, upstream);
  }

  @Override
  public String exitsAsIs(Client client) {
    return exits.apply(client, "asis");
  }

  /** Waits for the next question to arrive. */
  Asked next() throws InterruptedException {
    Asked one = asked.poll(20, TimeUnit.SECONDS);
    if (one == null) {
      throw new AssertionError("no upstream was asked");
    }
    return one;
  }

  void assertNobodyElseAsked() {
    assertThat(asked).isEmpty();
  }
}
