package dev.gander.publish;

import dev.gander.cache.Lookup;
import dev.gander.clock.Clock;
import dev.gander.intercept.KernelAnswer;
import dev.gander.intercept.KernelRouting;
import dev.gander.message.Answer;
import dev.gander.message.Client;
import dev.gander.route.TrafficRouter;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the kernel's traffic rules in step with those in force, and tells it which name each client
 * knows an address by: what the client was answered last. That outlives generations. Any thread.
 */
public final class TrafficPublisher {

  private static final System.Logger LOG = System.getLogger("dev.gander.publish");

  /** How long an answer that is given stale holds. */
  private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(Lookup.STALE_TTL);

  private static final int TOLD_PLACES = 1 << 16;

  /** 127.0.0.0/8. */
  private static final int LOOPBACK_NET = 127;

  private final Clock clock;
  private final LongAdder learnt = new LongAdder();
  private final LongAdder full = new LongAdder();
  private final DomainNames names = new DomainNames();

  /**
   * By hash of client and address, what was told last, and until when it holds. Not used where the
   * kernel's answers tell other things, of which we hear nothing.
   */
  private final long[] told = new long[TOLD_PLACES];

  private final long[] toldEnds = new long[TOLD_PLACES];
  private @Nullable KernelRouting kernel;
  private volatile @Nullable Terms terms;
  private volatile boolean learning;
  private boolean alone = true;

  /**
   * What is in force.
   *
   * @param reject whether what is blocked is told so
   * @param flows whose verdict is remembered at most
   */
  public record Terms(TrafficRouter router, boolean reject, int flows) {}

  /** Publishes nothing before {@link #open}. */
  TrafficPublisher(Clock clock) {
    this.clock = clock;
  }

  /**
   * Publishes there from now on, on the terms of the last {@link #switchTo}.
   *
   * @param answersTeach whether the kernel gives answers by itself, which teach clients too
   */
  public synchronized void open(KernelRouting routing, boolean answersTeach) {
    kernel = routing;
    alone = !answersTeach;
    forget();
    Terms now = terms;
    if (now != null) {
      install(now);
    }
  }

  /** Publishes nothing any more. */
  public synchronized void close() {
    kernel = null;
    learning = false;
  }

  /** These rules are in force from now on; if the kernel refuses them, those before stay there. */
  public synchronized void switchTo(Terms next) {
    terms = next;
    install(next);
  }

  private void install(Terms next) {
    KernelRouting routing = kernel;
    if (routing == null) {
      return;
    }
    try {
      if (next.router().isIdle()) {
        routing.remove();
        forget();
      } else {
        routing.install(
            TrafficImage.of(next.router(), next.reject()),
            next.flows(),
            next.router().asksDomain() ? names.count() : 0,
            name -> next.router().rulesOfDomain(names.name(name)));
        LOG.log(Level.INFO, "traffic rules in the kernel: {0} KiB", routing.bytes() / 1024);
      }
      learning = next.router().asksDomain();
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "the kernel refuses the traffic rules; those before stay in force", e);
    }
  }

  /** The kernel knows nothing of anybody: all is news to it. */
  private void forget() {
    Arrays.fill(told, 0);
  }

  /** Whether what clients are answered matters. */
  boolean isLearning() {
    return learning;
  }

  /**
   * The client is about to get this answer, and will know its addresses by this name. A client is a
   * MAC address, or an address where that is not known; the programs of this machine are one.
   *
   * @param name lower-cased wire name that it asked for
   * @param end until when the answer holds, of the clock's nanoseconds; it is stale after that
   */
  void learn(Client client, byte[] name, int length, Answer answer, long end) {
    if (!learning || answer.kind() != Answer.Kind.POSITIVE) {
      return;
    }
    long now = clock.nanoTime();
    long holds = (now - end < 0 ? end : now + STALE_NANOS) + KernelRouting.LINGER_NANOS;
    boolean _ =
        answer.anyAddress((high, low) -> {
          learn(client, high, low, name, length, holds);
          return false;
        });
  }

  /**
   * What an answer teaches whoever gets it from the kernel; the name's number is kept for that.
   *
   * @param name as for {@link #learn}
   * @param end until when it may be given, in the clock's nanoseconds
   * @return null if all numbers are in use: then the kernel cannot give it
   */
  KernelAnswer.@Nullable Lesson lesson(byte[] name, int length, Answer answer, long end) {
    boolean teaches =
        learning && answer.kind() == Answer.Kind.POSITIVE && answer.anyAddress((high, low) -> true);
    return teaches ? lesson(name, length, end) : KernelAnswer.Lesson.NONE;
  }

  private synchronized KernelAnswer.@Nullable Lesson lesson(byte[] name, int length, long end) {
    KernelRouting routing = kernel;
    Terms now = terms;
    if (routing == null || now == null) {
      return KernelAnswer.Lesson.NONE;
    }
    int number = number(routing, now.router(), name, length);
    if (number == DomainNames.NONE) {
      return null;
    }
    names.use(number, end + STALE_NANOS + KernelRouting.LINGER_NANOS);
    return new KernelAnswer.Lesson(routing.numbering(), number, end);
  }

  private synchronized void learn(
      Client client, long high, long low, byte[] name, int length, long end) {
    KernelRouting routing = kernel;
    Terms now = terms;
    int number =
        routing == null || now == null
            ? DomainNames.NONE
            : number(routing, now.router(), name, length);
    if (routing == null || number == DomainNames.NONE) {
      return;
    }
    names.use(number, end);
    boolean own = isOfThisMachine(client);
    boolean byMac = own || client.mac() != 0;
    long clientHigh = byMac ? KernelRouting.BY_MAC : client.sourceHigh();
    long clientLow = own ? 0 : byMac ? client.mac() : client.sourceLow();
    if (!alone || isNews(clientHigh, clientLow, high, low, number, end)) {
      routing.learn(clientHigh, clientLow, high, low, number, end);
      learnt.increment();
    }
  }

  /** Taken where it left, or come to a listener by way of the loopback. */
  private static boolean isOfThisMachine(Client client) {
    if (client.local() || client.intercepted()) {
      return client.local();
    }
    long high = client.sourceHigh();
    long low = client.sourceLow();
    boolean loopback =
        Client.isIpv4(high, low) ? (low >>> 24 & 0xff) == LOOPBACK_NET : high == 0 && low == 1;
    return loopback || (high == client.askedHigh() && low == client.askedLow());
  }

  private int number(KernelRouting routing, TrafficRouter router, byte[] name, int length) {
    int number = names.find(name, length);
    if (number == DomainNames.NONE) {
      number = names.add(name, length, clock.nanoTime());
      if (number == DomainNames.NONE) {
        full.increment();
        return number;
      }
      byte[] own = names.name(number);
      if (!routing.setDomain(number, router.rulesOfDomain(own))) {
        full.increment();
      }
    }
    return number;
  }

  private boolean isNews(
      long clientHigh, long clientLow, long high, long low, int number, long end) {
    long who = Throttle.mix(clientHigh ^ Throttle.mix(clientLow));
    long pair = Throttle.mix(who ^ Throttle.mix(high ^ Throttle.mix(low)));
    int place = (int) pair & (TOLD_PLACES - 1);
    long what = pair ^ number;
    boolean news = told[place] != what || end - toldEnds[place] > KernelRouting.RENEW_NANOS;
    if (news) {
      told[place] = what;
      toldEnds[place] = end;
    }
    return news;
  }

  /** What {@code gander status} shows. */
  public synchronized Map<String, Object> status() {
    Map<String, Object> status = new LinkedHashMap<>();
    KernelRouting routing = kernel;
    if (routing != null && routing.bytes() > 0) {
      status.put("rule_bytes", routing.bytes());
      status.put("names", names.count());
      status.put("learnt", learnt.sum());
      status.put("names_full", full.sum());
    }
    return status;
  }
}
