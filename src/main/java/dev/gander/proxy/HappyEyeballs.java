package dev.gander.proxy;

import dev.gander.clock.Clock;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a server of many addresses, as RFC 8305 has it: both families in turn, the next
 * address when the one before has failed or has been silent for a moment, and the first that stands
 * wins. Any thread.
 */
public final class HappyEyeballs<T> {

  /** How long an address is waited for before the next is tried beside it (section 8). */
  public static final Duration MOMENT = Duration.ofMillis(250);

  private final Clock clock;
  private final Function<InetSocketAddress, CompletableFuture<T>> attempt;
  private final Consumer<T> surplus;
  private final Deque<InetSocketAddress> left;
  private final List<CompletableFuture<T>> running = new ArrayList<>();
  private final CompletableFuture<T> result = new CompletableFuture<>();
  private int open;
  private Clock.@Nullable Alarm alarm;

  private HappyEyeballs(
      List<InetSocketAddress> addresses,
      Clock clock,
      Function<InetSocketAddress, CompletableFuture<T>> attempt,
      Consumer<T> surplus) {
    this.clock = clock;
    this.attempt = attempt;
    this.surplus = surplus;
    left = new ArrayDeque<>(inTurn(addresses));
  }

  /**
   * Begins; never blocks.
   *
   * @param addresses at least one, the best first
   * @param attempt begins to connect to one; cancelled when another has won
   * @param surplus takes what stands all the same
   * @return what stands first, else the reason of the attempt that ended last; cancelling it ends
   *     all attempts
   */
  public static <T> CompletableFuture<T> race(
      List<InetSocketAddress> addresses,
      Clock clock,
      Function<InetSocketAddress, CompletableFuture<T>> attempt,
      Consumer<T> surplus) {
    return new HappyEyeballs<>(addresses, clock, attempt, surplus).begun();
  }

  /** The addresses, the families in turn, beginning with that of the first (section 4). */
  static List<InetSocketAddress> inTurn(List<InetSocketAddress> addresses) {
    Deque<InetSocketAddress> same = new ArrayDeque<>();
    Deque<InetSocketAddress> other = new ArrayDeque<>();
    for (InetSocketAddress address : addresses) {
      (isIpv4(address) == isIpv4(addresses.getFirst()) ? same : other).add(address);
    }
    List<InetSocketAddress> all = new ArrayList<>(addresses.size());
    while (!same.isEmpty() || !other.isEmpty()) {
      take(same, all);
      take(other, all);
    }
    return all;
  }

  private static void take(Deque<InetSocketAddress> from, List<InetSocketAddress> to) {
    InetSocketAddress first = from.poll();
    if (first != null) {
      to.add(first);
    }
  }

  private static boolean isIpv4(InetSocketAddress address) {
    return address.getAddress() instanceof Inet4Address;
  }

  private CompletableFuture<T> begun() {
    var _ = result.whenComplete((_, _) -> over());
    next();
    return result;
  }

  private void next() {
    InetSocketAddress address;
    synchronized (this) {
      address = result.isDone() ? null : left.poll();
      if (address == null) {
        return;
      }
      open++;
      stopAlarm();
      if (!left.isEmpty()) {
        alarm = clock.alarm(clock.nanoTime() + MOMENT.toNanos(), this::next);
      }
    }
    CompletableFuture<T> begun = attempt.apply(address);
    synchronized (this) {
      running.add(begun);
    }
    if (result.isDone()) {
      begun.cancel(false);
    }
    var _ = begun.whenComplete((made, failure) -> ended(made, failure));
  }

  private void ended(@Nullable T made, @Nullable Throwable failure) {
    if (made != null) {
      if (!result.complete(made)) {
        surplus.accept(made);
      }
      return;
    }
    boolean last;
    synchronized (this) {
      open--;
      last = open == 0 && left.isEmpty();
    }
    if (last && failure != null) {
      result.completeExceptionally(failure);
    } else {
      next();
    }
  }

  private void over() {
    List<CompletableFuture<T>> begun;
    synchronized (this) {
      stopAlarm();
      begun = List.copyOf(running);
    }
    begun.forEach(it -> it.cancel(false));
  }

  private synchronized void stopAlarm() {
    if (alarm != null) {
      alarm.cancel();
      alarm = null;
    }
  }
}
