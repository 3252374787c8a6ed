package dev.gander.forward;

import dev.gander.clock.Clock;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.ExtendedError;
import dev.gander.message.Query;
import dev.gander.message.Question;
import dev.gander.message.RecordType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The name of an upstream or a proxy server, resolved by the bootstrap resolvers and nobody else:
 * when first needed, when the TTL has ended, and after the addresses have failed. One look-up at a
 * time, which others wait for; while one fails, the addresses known before go on being used.
 */
final class ResolvedName implements Servers.Source {

  /** Less would ask the bootstrap resolvers all the time. */
  private static final Duration LEAST = Duration.ofSeconds(10);

  private static final Duration MOST = Duration.ofHours(1);

  /** How long a failed look-up, or a new one after the addresses failed, is not tried again. */
  private static final Duration PAUSE = Duration.ofSeconds(2);

  /** How long the addresses of one family wait for those of the other (RFC 8305 § 3, doubled). */
  private static final Duration MOMENT = Duration.ofMillis(100);

  /** More addresses of one host than these are not tried. */
  private static final int MOST_ADDRESSES = 16;

  private record Known(List<InetSocketAddress> addresses, long untilNanos) {}

  private final String host;
  private final int port;
  private final Forwarder bootstrap;
  private final Executor threads;
  private final Clock clock;
  private volatile @Nullable Known known;

  /** The look-up that runs, or the last one. */
  private CompletableFuture<List<InetSocketAddress>> lookup =
      CompletableFuture.completedFuture(List.of());

  /**
   * @param bootstrap asks the bootstrap resolvers
   * @param threads starts a virtual thread for the question for IPv6 addresses
   */
  ResolvedName(String host, int port, Forwarder bootstrap, Executor threads, Clock clock) {
    this.threads = threads;
    this.host = host;
    this.port = port;
    this.bootstrap = bootstrap;
    this.clock = clock;
  }

  @Override
  public List<InetSocketAddress> addresses(long deadlineNanos)
      throws IOException, InterruptedException {
    Known now = known;
    if (now != null && clock.nanoTime() < now.untilNanos()) {
      return now.addresses();
    }
    CompletableFuture<List<InetSocketAddress>> shared;
    boolean mine;
    synchronized (this) {
      mine = lookup.isDone();
      if (mine) {
        lookup = new CompletableFuture<>();
      }
      shared = lookup;
    }
    if (mine) {
      resolve(shared, now, deadlineNanos);
    } else if (now != null) {
      return now.addresses();
    }
    if (!clock.await(shared, deadlineNanos)) {
      throw new UpstreamException(
          ExtendedError.NETWORK_ERROR, "the name '" + host + "' did not resolve in time");
    }
    return result(shared);
  }

  @Override
  public List<InetSocketAddress> known() {
    Known now = known;
    return now == null ? List.of() : now.addresses();
  }

  private void resolve(
      CompletableFuture<List<InetSocketAddress>> result, @Nullable Known before, long deadlineNanos)
      throws InterruptedException {
    try {
      Known found = lookUp(deadlineNanos);
      known = found;
      result.complete(found.addresses());
    } catch (IOException e) {
      if (before != null) {
        known = new Known(before.addresses(), clock.nanoTime() + PAUSE.toNanos());
        result.complete(before.addresses());
      } else {
        result.completeExceptionally(e);
      }
    } finally {
      // Reached without a result only when interrupted: nobody may wait for this look-up any more.
      result.completeExceptionally(unresolved("the look-up was given up"));
    }
  }

  /** Both families side by side; who has one does not wait long for the other. */
  private Known lookUp(long deadlineNanos) throws IOException, InterruptedException {
    CompletableFuture<Answer> six = new CompletableFuture<>();
    threads.execute(() -> ask(RecordType.AAAA, deadlineNanos, six));
    CompletableFuture<Answer> four = new CompletableFuture<>();
    ask(RecordType.A, deadlineNanos, four);
    long moment = clock.nanoTime() + MOMENT.toNanos();
    boolean found = !addressesOf(four).isEmpty();
    boolean _ = clock.await(six, found && moment - deadlineNanos < 0 ? moment : deadlineNanos);
    List<InetSocketAddress> addresses = new ArrayList<>(addressesOf(four));
    addresses.addAll(addressesOf(six));
    if (addresses.isEmpty()) {
      throw unresolved(trouble(four, six));
    }
    long ttl = Math.min(MOST.toSeconds(), Math.min(ttl(four), ttl(six)));
    long nanos = Math.max(LEAST.toNanos(), Duration.ofSeconds(ttl).toNanos());
    int most = Math.min(addresses.size(), MOST_ADDRESSES);
    return new Known(List.copyOf(addresses.subList(0, most)), clock.nanoTime() + nanos);
  }

  private void ask(int type, long deadlineNanos, CompletableFuture<Answer> answer) {
    try {
      Query query = Query.own(Question.of(host, type), false);
      answer.complete(bootstrap.forward(query, deadlineNanos));
    } catch (IOException | RuntimeException e) {
      answer.completeExceptionally(e);
    } catch (InterruptedException e) {
      answer.completeExceptionally(e);
      Thread.currentThread().interrupt();
    }
  }

  private static String trouble(CompletableFuture<Answer> four, CompletableFuture<Answer> six) {
    for (CompletableFuture<Answer> each : List.of(four, six)) {
      if (each.isCompletedExceptionally()) {
        return String.valueOf(each.exceptionNow().getMessage());
      }
    }
    return "it has no address";
  }

  private static long ttl(CompletableFuture<Answer> answer) {
    boolean some = answer.state() == Future.State.SUCCESS && answer.resultNow().answerCount() > 0;
    return some ? answer.resultNow().ttl() : Long.MAX_VALUE;
  }

  private UpstreamException unresolved(@Nullable String why) {
    return new UpstreamException(
        ExtendedError.NETWORK_ERROR, "the name '" + host + "' does not resolve: " + why);
  }

  private List<InetSocketAddress> addressesOf(CompletableFuture<Answer> lookup) {
    List<InetSocketAddress> addresses = new ArrayList<>();
    if (lookup.state() != Future.State.SUCCESS) {
      return addresses;
    }
    boolean _ =
        lookup
            .resultNow()
            .anyAddress((high, low) -> {
              InetAddress address = Client.address(high, low);
              addresses.add(new InetSocketAddress(address, port));
              return false;
            });
    return addresses;
  }

  private static List<InetSocketAddress> result(CompletableFuture<List<InetSocketAddress>> lookup)
      throws IOException {
    try {
      return lookup.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new AssertionError("a completed future does not block", e);
    }
  }

  @Override
  public void failed() {
    Known now = known;
    if (now != null) {
      long soon = clock.nanoTime() + PAUSE.toNanos();
      if (now.untilNanos() > soon) {
        known = new Known(now.addresses(), soon);
      }
    }
  }
}
