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

  /**
   * For so long the number of a name is kept for an answer in the kernel that teaches it; then one
   * query for it comes up to us. There are not so many numbers that all that may be given stale
   * could keep one.
   */
  private static final long LESSON_NANOS = 600_000_000_000L;

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

  /** The rules by which it tells clients apart. */
  public DnsRouter router() {
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
    teach(query, client, answer, endNanos);
    Shelf place = shelf;
    if (place != null) {
      put(place, query, client, key, answer, storedNanos, endNanos, staleEndNanos);
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
    teach(query, client, answer, endNanos);
    Shelf place = shelf;
    if (place != null && place.hasRoom()) {
      put(place, query, client, key, answer, storedNanos, endNanos, staleEndNanos);
    }
  }

  private void put(
      Shelf place,
      Request query,
      Client client,
      CacheKey key,
      Answer answer,
      long storedNanos,
      long endNanos,
      long staleEndNanos) {
    boolean asis = key.serverPort() != 0;
    if (key.hasSubnet()
        || !key.recursionDesired()
        || (asis && key.serverPort() != Publisher.DNS_PORT)
        || !fits(query, client, answer)) {
      return;
    }
    long now = clock.nanoTime();
    long clientClass = classOf(client, place);
    if (now - staleEndNanos < 0 && mayPass(key.hashCode(), query, clientClass, now)) {
      KernelAnswer.Lesson lesson =
          traffic.lesson(
              query.name(), query.nameLength(), answer, lessonEnd(now, endNanos, staleEndNanos));
      if (lesson == null) {
        count(false);
        return;
      }
      Shelf.Content content =
          new Shelf.Content(answer, false, storedNanos, endNanos, staleEndNanos, lesson);
      KernelAnswer.Key where =
          where(query, clientClass, key.serverHigh(), asis ? key.serverLow() : 0);
      CacheKey kept = key.copy();
      count(place.put(kept, where, content, now, () -> cache.holds(kept, storedNanos)));
    }
  }

  @Override
  public void settled(Request query, Client client, Answer answer) {
    long now = clock.nanoTime();
    teach(query, client, answer, now);
    Shelf place = shelf;
    if (place == null || !fits(query, client, answer)) {
      return;
    }
    long clientClass = classOf(client, place);
    if (mayPass(query.nameHash() * 31 + query.type(), query, clientClass, now)) {
      KernelAnswer.Lesson lesson =
          traffic.lesson(query.name(), query.nameLength(), answer, now + LESSON_NANOS);
      if (lesson == null) {
        count(false);
        return;
      }
      Shelf.Content content = new Shelf.Content(answer, true, now, now, now, lesson);
      KernelAnswer.Key where = where(query, clientClass, 0, 0);
      count(place.put(CacheKey.of(query, SETTLED), where, content, now, () -> true));
    }
  }

  @Override
  public void told(Request query, Client client, Answer answer, long endNanos) {
    teach(query, client, answer, endNanos);
  }

  @Override
  public boolean isLearning() {
    return traffic.isLearning();
  }

  /** Tells the traffic rules which name the client knows the answer's addresses by. */
  private void teach(Request query, Client client, Answer answer, long endNanos) {
    if (traffic.isLearning()) {
      traffic.learn(client, query.name(), query.nameLength(), answer, endNanos);
    }
  }

  /** Until an answer's end, or for some time, but not beyond the time that it may be given. */
  private static long lessonEnd(long now, long endNanos, long staleEndNanos) {
    long longer = now + LESSON_NANOS;
    long end = longer - endNanos < 0 ? endNanos : longer;
    return end - staleEndNanos < 0 ? end : staleEndNanos;
  }

  private static boolean fits(Request query, Client client, Answer answer) {
    return client.transport() == Transport.UDP
        && client.intercepted()
        && query.qclass() == Question.CLASS_IN
        && !answer.truncated();
  }

  /** The client's class, by which the kernel can know him from now on. */
  private long classOf(Client client, Shelf place) {
    ClientClasses classes = router.clientClasses();
    if (classes.tellsControlGroups() && client.cgroupId() != 0 && !client.cgroup().isEmpty()) {
      place.tell(client.cgroupId(), LoweredRules.part(classes.partOfControlGroup(client.cgroup())));
    }
    return classes.of(client);
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
      byte[] name = key.wireName();
      long lessonEnd = lessonEnd(clock.nanoTime(), endNanos, staleEndNanos);
      KernelAnswer.Lesson lesson = traffic.lesson(name, name.length, answer, lessonEnd);
      if (lesson == null) {
        place.remove(key);
        return;
      }
      Shelf.Content content =
          new Shelf.Content(answer, false, storedNanos, endNanos, staleEndNanos, lesson);
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

  /**
   * Whether the kernel has the answer kept under {@code key} for this client.
   *
   * @param client who asks; {@link Client#intercepted} counts
   */
  public boolean isThere(Request query, Client client, CacheKey key) {
    Shelf place = shelf;
    boolean asis = key.serverPort() != 0;
    return place != null
        && place.holds(
            key,
            where(
                query,
                router.clientClasses().of(client),
                key.serverHigh(),
                asis ? key.serverLow() : 0));
  }

  /** Whether anything is answered in the kernel now. */
  public boolean isLive() {
    return shelf != null;
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
