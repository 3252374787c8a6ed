package dev.gander.subscribe;

import dev.gander.config.Diagnostic;
import dev.gander.config.Settings.Subscription;
import dev.gander.group.Nodes.Subscribed;
import dev.gander.node.LinkException;
import dev.gander.node.Listing;
import dev.gander.node.SubscriptionText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * Gets the subscriptions of a configuration. One that cannot be had is a warning, and what was kept
 * of it is used.
 */
public final class Subscriptions {

  /** Fetched at the same time. */
  private static final int AT_ONCE = 4;

  /** For one subscription, from its turn on, redirects included. */
  static final Duration TIMEOUT = Duration.ofSeconds(30);

  /**
   * What came of it.
   *
   * @param subscribed those that brought something, in the order of the configuration
   * @param warnings what did not go well, one line each, without what stands behind a host's name
   */
  public record Fetched(List<Subscribed> subscribed, List<String> warnings) {}

  private record Outcome(Optional<Listing> listing, Optional<String> warning) {}

  private final SubscriptionParts parts;
  private final KeptFiles kept;
  private final WebFetch web;
  private final Semaphore turns = new Semaphore(AT_ONCE);

  public Subscriptions(SubscriptionParts parts) {
    this.parts = parts;
    kept = new KeptFiles(parts.directory());
    web = new WebFetch(parts);
  }

  /**
   * Fetches all, at most four at a time. Blocks until each has come or has failed, or the deadline
   * is reached; never fails as a whole. What comes later is kept for the next time.
   */
  public Fetched fetch(List<Subscription> all, long deadlineNanos) throws InterruptedException {
    List<CompletableFuture<Outcome>> flights = new ArrayList<>();
    for (Subscription subscription : all) {
      CompletableFuture<Outcome> flight = new CompletableFuture<>();
      flights.add(flight);
      parts.threads().execute(() -> fetchInTurn(subscription, flight));
    }
    return collected(all, flights, deadlineNanos);
  }

  /** Removes what is kept on disk of subscriptions that are no more. */
  public void tidy(List<Subscription> all) {
    kept.removeAllBut(all.stream().filter(Source::isKept).map(Subscription::tag).toList());
  }

  /** What there is at once: what is kept on disk of earlier times, and local files. */
  public Optional<Subscribed> atHand(Subscription subscription) {
    return (Source.isKept(subscription) ? readKept(subscription) : readLocal(subscription))
        .map(it -> new Subscribed(subscription.tag(), it));
  }

  private Optional<Listing> readLocal(Subscription subscription) {
    try {
      return Source.of(subscription) instanceof Source.File(Path path)
          ? Optional.of(SubscriptionText.read(kept.read(path)))
          : Optional.empty();
    } catch (IOException | LinkException e) {
      return Optional.empty();
    }
  }

  private Fetched collected(
      List<Subscription> all, List<CompletableFuture<Outcome>> flights, long deadlineNanos)
      throws InterruptedException {
    List<Subscribed> subscribed = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      boolean there = parts.clock().await(flights.get(i), deadlineNanos);
      Outcome outcome =
          there ? flights.get(i).join() : failed(all.get(i), "it has taken too long so far");
      String tag = all.get(i).tag();
      outcome.listing().ifPresent(it -> subscribed.add(new Subscribed(tag, it)));
      outcome.warning().ifPresent(warnings::add);
    }
    return new Fetched(subscribed, warnings);
  }

  private void fetchInTurn(Subscription subscription, CompletableFuture<Outcome> flight) {
    try {
      turns.acquire();
      try {
        flight.complete(outcome(subscription));
      } finally {
        turns.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      flight.complete(failed(subscription, "interrupted"));
    } catch (RuntimeException e) {
      flight.complete(failed(subscription, "an error of gander's own: " + e.getClass()));
    }
  }

  private Outcome outcome(Subscription subscription) throws InterruptedException {
    try {
      Source source = Source.of(subscription);
      String text =
          switch (source) {
            case Source.File file -> kept.read(file.path());
            case Source.Web at ->
                web.get(at.url(), subscription.tag(), parts.clock().nanoTime() + TIMEOUT.toNanos());
          };
      Listing listing = SubscriptionText.read(text);
      if (Source.isKept(subscription)) {
        kept.write(subscription.tag(), text);
      }
      return new Outcome(Optional.of(listing), Optional.empty());
    } catch (IOException | LinkException e) {
      return failed(subscription, String.valueOf(e.getMessage()));
    }
  }

  private Outcome failed(Subscription subscription, String why) {
    Optional<Listing> before =
        Source.isKept(subscription) ? readKept(subscription) : Optional.empty();
    String name = subscription.tag().isEmpty() ? "" : " `" + subscription.tag() + "`";
    String told =
        "subscription" + name + " of " + Source.shown(subscription.url()) + " did not come: " + why;
    String remedy = before.isPresent() ? "what came last is used" : "";
    return new Outcome(
        before, Optional.of(Diagnostic.warning(subscription.place(), told, remedy).toString()));
  }

  private Optional<Listing> readKept(Subscription subscription) {
    try {
      return Optional.of(SubscriptionText.read(kept.read(kept.fileOf(subscription.tag()))));
    } catch (IOException | LinkException e) {
      return Optional.empty();
    }
  }
}
