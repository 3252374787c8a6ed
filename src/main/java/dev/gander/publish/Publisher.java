package dev.gander.publish;

import dev.gander.cache.AnswerSink;
import dev.gander.cache.CacheKey;
import dev.gander.cache.Lookup;
import dev.gander.clock.Clock;
import dev.gander.intercept.AnsweredQuery;
import dev.gander.intercept.BlockedNames;
import dev.gander.intercept.ClientClasses;
import dev.gander.intercept.KernelAnswer;
import dev.gander.intercept.KernelAnswers;
import dev.gander.local.LocalNames;
import dev.gander.message.Answer;
import dev.gander.message.RecordType;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the kernel's answers in step with user space: one generation's at a time, switched in one
 * step with its rules. Outlives generations, as the maps do. Any thread; changes come one at a
 * time.
 */
public final class Publisher {

  /** The port on which queries are intercepted. */
  static final int DNS_PORT = 53;

  private static final System.Logger LOG = System.getLogger("dev.gander.publish");

  private final Clock clock;
  private final ToIntFunction<String> interfaceIndex;
  private final TrafficPublisher traffic;
  private volatile @Nullable Publications live;
  private @Nullable KernelAnswers kernel;
  private @Nullable Terms terms;
  private ClientClasses classes = ClientClasses.NONE;
  private int generation;
  private int blockedNames;
  private long blockedBytes;

  /** What the cache tells goes to whichever generation is in force. */
  private final AnswerSink toCurrent =
      new AnswerSink() {
        @Override
        public void replaced(CacheKey key, Answer answer, long stored, long end, long staleEnd) {
          Publications current = live;
          if (current != null) {
            current.replaced(key, answer, stored, end, staleEnd);
          }
        }

        @Override
        public void removed(CacheKey key) {
          Publications current = live;
          if (current != null) {
            current.removed(key);
          }
        }
      };

  /**
   * What a generation answers from the kernel.
   *
   * @param publications hears of its answers
   * @param enabled false if nothing at all may be answered there: something must see each query
   * @param rejections by type, what {@code reject} says
   * @param localNames answered before rules are asked
   * @param sample one of so many answered queries is told; 0: none
   * @param policy a number that is equal where rules and all that shapes answers are
   * @param traffic the rules for everything else
   */
  public record Terms(
      Publications publications,
      boolean enabled,
      IntFunction<Answer> rejections,
      LocalNames localNames,
      int sample,
      long policy,
      TrafficPublisher.Terms traffic) {}

  /**
   * Publishes nothing before {@link #open}.
   *
   * @param interfaceIndex number of an interface by its name; 0 if there is none
   */
  public Publisher(Clock clock, ToIntFunction<String> interfaceIndex) {
    this.clock = clock;
    this.interfaceIndex = interfaceIndex;
    traffic = new TrafficPublisher(clock);
  }

  /** The part of it that is about traffic. */
  public TrafficPublisher traffic() {
    return traffic;
  }

  /** For the cache, which may outlive a generation. */
  public AnswerSink cacheSink() {
    return toCurrent;
  }

  /**
   * Before {@link #open}, when queries come to us but another process's answers are still given:
   * they stay only if they are by the same rules.
   */
  public synchronized void meet(KernelAnswers answers) {
    if (terms == null || terms.policy() != answers.policy()) {
      answers.disable();
    }
  }

  /**
   * Publishes there from now on, on the terms of the last {@link #switchTo}. Answers that another
   * process has left there by the same rules are given on.
   */
  public synchronized void open(KernelAnswers answers) {
    kernel = answers;
    int left = answers.generation();
    int last = answers.lastGeneration();
    if (answers.capacity() > 0) {
      LOG.log(
          Level.INFO,
          "answers from the kernel: {0} at most, {1} KiB",
          answers.capacity(),
          answers.bytes() / 1024);
    }
    if (terms != null) {
      generation = left > 0 ? left - 1 : Math.max(generation, last);
      enable(terms);
    }
  }

  /** Publishes nothing any more; the maps are about to go, or to be left to themselves. */
  public synchronized void close() {
    retire();
    kernel = null;
  }

  /**
   * Runs {@code step}, which puts new rules in force, at a moment when the kernel answers nothing;
   * from then on it answers by the new terms. If the kernel refuses, it answers nothing.
   */
  public synchronized void switchTo(Terms next, Runnable step) {
    retire();
    if (kernel != null) {
      kernel.disable();
    }
    step.run();
    traffic.switchTo(next.traffic());
    terms = next;
    enable(next);
  }

  private void retire() {
    Publications before = live;
    live = null;
    if (before != null) {
      before.end();
    }
  }

  private void enable(Terms next) {
    KernelAnswers answers = kernel;
    if (answers == null) {
      return;
    }
    retire();
    answers.disable();
    boolean fits = next.publications().classes().fits();
    if (!fits) {
      LOG.log(
          Level.WARNING, "rules tell too many clients apart: nothing is answered by the kernel");
    }
    if (!fits || !next.enabled() || answers.capacity() == 0) {
      return;
    }
    try {
      fill(answers, next);
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "nothing is answered by the kernel, it refuses the rules", e);
      return;
    }
    generation++;
    next.publications().begin(new Shelf(KernelStore.of(answers), generation));
    live = next.publications();
    boolean asis = next.publications().router().asksAsIs();
    answers.enable(
        new KernelAnswers.Mode(generation, asis, Lookup.STALE_TTL, next.sample(), next.policy()));
  }

  private void fill(KernelAnswers answers, Terms next) {
    classes = LoweredRules.classes(next.publications().router(), interfaceIndex);
    answers.setClasses(classes);
    BlockedNames names = answers.newBlockedNames();
    if (!LoweredRules.names(next.publications().router(), next.localNames(), names)) {
      LOG.log(
          Level.WARNING,
          "more than {0} names in rules: the kernel rejects only those that are asked for",
          LoweredRules.MAX_NAMES);
      names = answers.newBlockedNames();
    }
    blockedNames = names.size();
    blockedBytes = answers.setBlocked(names, rejections(next.rejections()));
  }

  private static List<KernelAnswer.Content> rejections(IntFunction<Answer> rejections) {
    return List.of(
        content(rejections.apply(RecordType.A)),
        content(rejections.apply(RecordType.AAAA)),
        content(rejections.apply(RecordType.TXT)));
  }

  private static KernelAnswer.Content content(Answer answer) {
    return Shelf.content(answer, answer.kind() != Answer.Kind.POSITIVE);
  }

  /** To be called each second or so: the kernel hears that we live, the cache what it answered. */
  public void tick() {
    Publications current = live;
    if (current != null) {
      current.sweep();
    }
    beat();
  }

  private synchronized void beat() {
    KernelAnswers answers = kernel;
    Terms now = terms;
    if (answers == null || now == null) {
      return;
    }
    answers.heartbeat(clock.nanoTime());
    linksChanged();
  }

  /** Begins anew if an interface that rules name has come, gone, or been renamed. */
  public synchronized void linksChanged() {
    Terms now = terms;
    if (now != null
        && live != null
        && !LoweredRules.classes(now.publications().router(), interfaceIndex).equals(classes)) {
      enable(now);
    }
  }

  /** Nothing is answered until the next {@link #switchTo}. */
  public synchronized void suspend() {
    retire();
    if (kernel != null) {
      kernel.disable();
    }
  }

  /** Begins anew if these are in force, after something has changed that answers depend on. */
  public synchronized void renew(Publications changed) {
    if (terms != null && terms.publications() == changed && live == changed) {
      enable(terms);
    }
  }

  /** Hands over what the kernel has told of queries that it answered, if it tells. */
  public synchronized void takeSamples(Consumer<AnsweredQuery> taker) {
    KernelAnswers answers = kernel;
    if (answers != null) {
      answers.takeSamples(taker);
    }
  }

  /** What {@code gander status} shows. */
  public synchronized Map<String, Object> status() {
    Map<String, Object> status = new LinkedHashMap<>();
    KernelAnswers answers = kernel;
    Publications current = live;
    if (answers != null && answers.capacity() > 0) {
      status.put("generation", answers.generation());
      status.put("capacity", answers.capacity());
      status.put("answers", current == null ? 0 : current.size());
      status.put("answer_bytes", answers.bytes());
      status.put("rejected_names", blockedNames);
      status.put("rejected_name_bytes", blockedBytes);
    }
    return status;
  }
}
