package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.config.Settings.Subscription;
import dev.gander.group.Nodes.Subscribed;
import dev.gander.subscribe.SubscriptionParts;
import dev.gander.subscribe.Subscriptions;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The subscriptions of a generation: what is at hand is used at once, and nothing waits for what is
 * fetched.
 */
final class Subscribing {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  /** For one and those before it; each has less. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final List<Subscription> all;
  private final Subscriptions subscriptions;
  private final boolean again;
  private final Clock clock;
  private final Map<Subscription, Subscribed> brought = new LinkedHashMap<>();

  /**
   * @param before of the generation before; what it has of the same subscriptions is used, too
   * @param again whether what does not come is tried again: the network may be coming up
   */
  Subscribing(
      List<Subscription> all,
      SubscriptionParts parts,
      Optional<Subscribing> before,
      boolean again) {
    this.all = all;
    this.again = again;
    clock = parts.clock();
    subscriptions = new Subscriptions(parts);
    subscriptions.tidy(all);
    for (Subscription subscription : all) {
      before
          .flatMap(it -> it.broughtBy(subscription))
          .or(() -> subscriptions.atHand(subscription))
          .ifPresent(it -> brought.put(subscription, it));
    }
  }

  private synchronized Optional<Subscribed> broughtBy(Subscription subscription) {
    return brought.entrySet().stream()
        .filter(it -> it.getKey().url().equals(subscription.url()))
        .filter(it -> it.getKey().tag().equals(subscription.tag()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** What there is so far, in the order of the configuration. */
  synchronized List<Subscribed> brought() {
    return all.stream().filter(brought::containsKey).map(brought::get).toList();
  }

  /**
   * Fetches all, each by itself, until it has come. Blocks; ends when it is interrupted.
   *
   * @param news told when there is other than before, by one thread at a time
   */
  void run(Subscription subscription, Consumer<List<Subscribed>> news) {
    Duration pause = FIRST_PAUSE;
    boolean told = false;
    try {
      while (true) {
        Subscriptions.Fetched fetched =
            subscriptions.fetch(List.of(subscription), clock.nanoTime() + PATIENCE.toNanos());
        fetched.subscribed().forEach(it -> take(subscription, it, news));
        if (!told) {
          fetched.warnings().forEach(it -> LOG.log(Level.WARNING, it));
        }
        told = true;
        if (fetched.warnings().isEmpty() || !again) {
          return;
        }
        clock.sleep(pause);
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void take(
      Subscription subscription, Subscribed came, Consumer<List<Subscribed>> news) {
    if (!came.equals(brought.put(subscription, came))) {
      news.accept(brought());
    }
  }

  /** In the order of the configuration. */
  List<Subscription> all() {
    return all;
  }
}
