package dev.gander.publish;

import dev.gander.cache.AnswerCache;
import dev.gander.cache.AnswerSink;
import dev.gander.cache.CacheKey;
import dev.gander.clock.Clock;
import dev.gander.intercept.KernelAnswer;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.message.Question;
import dev.gander.message.Request;
import dev.gander.message.Transport;
import dev.gander.observe.Counter;
import dev.gander.observe.Counters;
import dev.gander.route.ClientClasses;
import dev.gander.route.DnsRouter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one generation has in the kernel: hears which answers clients get and puts them there, under
 * the class of the client. Says nothing before {@link Publisher#switchTo}, and nothing after the
 * next generation has taken its place. Any thread; looking whether there is something to do
 * allocates nothing.
 */
public final class Publications implements AnswerSink {

  private static final int THROTTLE_PLACES = 1 << 16;

  /** The policy under which what is settled is filed; no upstream can be named so. */
  private static final String SETTLED = "reject";

  private final DnsRouter router;
  private final AnswerCache cache;
  private final Clock clock;
  private final Counters counters;
  private final TrafficPublisher traffic;
  private final Throttle throttle = new Throttle(THROTTLE_PLACES);
  private volatile @Nullable Shelf shelf;

  /**
   * Of a generation that is being built.
   *
   * @param router its rules
   * @param cache where its answers are
   * @param traffic hears which names clients know addresses by
   */
  public Publications(
      DnsRouter router,
      AnswerCache cache,
      Clock clock,
      Counters counters,
      TrafficPublisher traffic) {
    this.traffic = traffic;
    this.router = router;
    this.cache = cache;
    this.clock = clock;
    this.counters = counters;
  }

  DnsRouter router() {
    return router;
  }

  void begin(Shelf place) {
    shelf = place;
  }

  void end() {
    shelf = null;
  }

  @Override
  public void answered(
      Request query,
      Client client,
      CacheKey key,
      Answer answer,
      long storedNanos,
      long endNanos,
      long staleEndNanos) {
    boolean taught = teach(query, client, answer, endNanos);
    Shelf place = shelf;
    boolean asis = key.serverPort() != 0;
    if (place == null
        || taught
        || key.hasSubnet()
        || !key.recursionDesired()
        || (asis && key.serverPort() != Publisher.DNS_PORT)
        || !fits(query, client, answer)) {
      return;
    }
    long now = clock.nanoTime();
    long clientClass = router.clientClasses().of(client);
    if (now - staleEndNanos < 0 && mayPass(key.hashCode(), query, clientClass, now)) {
      Shelf.Content content =
          new Shelf.Content(answer, false, storedNanos, endNanos, staleEndNanos);
      KernelAnswer.Key where =
          where(query, clientClass, key.serverHigh(), asis ? key.serverLow() : 0);
      CacheKey kept = key.copy();
      count(place.put(kept, where, content, now, () -> cache.holds(kept, storedNanos)));
    }
  }

  /** Takes no room that what is asked again and again may want. */
  @Override
  public void landed(
      Request query,
      Client client,
      CacheKey key,
      Answer answer,
      long storedNanos,
      long endNanos,
      long staleEndNanos) {
    Shelf place = shelf;
    if (traffic.isLearning() || (place != null && place.hasRoom())) {
      answered(query, client, key, answer, storedNanos, endNanos, staleEndNanos);
    }
  }

  @Override
  public void settled(Request query, Client client, Answer answer) {
    long now = clock.nanoTime();
    boolean taught = teach(query, client, answer, now);
    Shelf place = shelf;
    if (place == null || taught || !fits(query, client, answer)) {
      return;
    }
    long clientClass = router.clientClasses().of(client);
    if (mayPass(query.nameHash() * 31 + query.type(), query, clientClass, now)) {
      Shelf.Content content = new Shelf.Content(answer, true, now, now, now);
      KernelAnswer.Key where = where(query, clientClass, 0, 0);
      count(place.put(CacheKey.of(query, SETTLED), where, content, now, () -> true));
    }
  }

  @Override
  public void told(Request query, Client client, Answer answer, long endNanos) {
    boolean _ = teach(query, client, answer, endNanos);
  }

  @Override
  public boolean isLearning() {
    return traffic.isLearning();
  }

  /**
   * Tells the traffic rules which name the client knows the answer's addresses by. True if there is
   * something they must know: then every client's question must come to us.
   */
  private boolean teach(Request query, Client client, Answer answer, long endNanos) {
    return traffic.isLearning()
        && traffic.learn(client, query.name(), query.nameLength(), answer, endNanos);
  }

  private static boolean fits(Request query, Client client, Answer answer) {
    return client.transport() == Transport.UDP
        && client.intercepted()
        && query.qclass() == Question.CLASS_IN
        && !answer.truncated();
  }

  private boolean mayPass(int hash, Request query, long clientClass, long now) {
    int bits = (query.dnssecOk() ? 1 : 0) | (query.checkingDisabled() ? 2 : 0);
    return throttle.pass(((long) hash << 2 | bits) ^ Throttle.mix(clientClass), now);
  }

  private void count(boolean there) {
    counters.add(there ? Counter.KERNEL_PUBLISHED : Counter.KERNEL_NOT_PUBLISHED);
  }

  private static KernelAnswer.Key where(
      Request query, long clientClass, long askedHigh, long askedLow) {
    byte[] name = Arrays.copyOf(query.name(), query.nameLength());
    return new KernelAnswer.Key(
        name,
        query.type(),
        query.dnssecOk(),
        query.checkingDisabled(),
        clientClass,
        askedHigh,
        askedLow);
  }

  @Override
  public void replaced(
      CacheKey key, Answer answer, long storedNanos, long endNanos, long staleEndNanos) {
    Shelf place = shelf;
    if (place != null) {
      Shelf.Content content =
          new Shelf.Content(answer, false, storedNanos, endNanos, staleEndNanos);
      place.replace(key, content, () -> cache.holds(key, storedNanos));
    }
  }

  @Override
  public void removed(CacheKey key) {
    Shelf place = shelf;
    if (place != null) {
      place.remove(key);
    }
  }

  /** Credits the cache with what the kernel has answered. */
  void sweep() {
    Shelf place = shelf;
    if (place != null) {
      place.sweep(clock.nanoTime(), cache::isNearlyFull, cache::credit);
    }
  }

  int size() {
    Shelf place = shelf;
    return place == null ? 0 : place.size();
  }

  ClientClasses classes() {
    return router.clientClasses();
  }
}
