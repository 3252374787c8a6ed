package dev.gander.publish;

import dev.gander.cache.CacheKey;
import dev.gander.intercept.ClientClasses;
import dev.gander.intercept.KernelAnswer;
import dev.gander.message.Answer;
import dev.gander.message.Rcode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import java.util.function.ObjIntConsumer;

/**
 * What of one generation's answers is in the kernel, and where: one answer of the cache may be
 * there once for each class of clients, and for each address asked. All that happens to one cache
 * key happens one after another, so that an old answer never comes after a new one. Any thread.
 *
 * <p>Bounded by the kernel's slots. When few are free, {@link #sweep} frees those that were not
 * asked for the longest; until then new answers stay in user space.
 */
final class Shelf {

  private static final int STRIPES = 64;

  /** What has ended does no harm: the kernel sees that for itself. */
  private static final int SWEEPS_TO_ENDED = 16;

  /** Hits of the same name then come together: crediting them is most of what hits cost us. */
  private static final int SWEEPS_TO_HITS = 4;

  private final KernelStore store;
  private final int generation;
  private final Slots slots;
  private final ToldGroups groups = new ToldGroups();
  private final List<Map<CacheKey, Copies>> stripes = new ArrayList<>();
  private final AtomicReferenceArray<Copies> bySlot;
  private int sweeps;

  /** The copies of one answer. Guarded by its stripe, all but {@link #lastAsked}. */
  private static final class Copies {
    final CacheKey key;
    final List<Copy> places = new ArrayList<>();
    boolean constant;
    long goneNanos;
    volatile long lastAsked;

    Copies(CacheKey key) {
      this.key = key;
    }
  }

  private record Copy(KernelAnswer.Key key, int slot) {}

  private record Age(CacheKey key, long lastAsked) {}

  /**
   * An answer and its times.
   *
   * @param constant its TTLs do not count down, and only a change of rules ends it
   */
  record Content(
      Answer answer,
      boolean constant,
      long storedNanos,
      long endNanos,
      long staleEndNanos,
      KernelAnswer.Lesson lesson) {}

  Shelf(KernelStore store, int generation) {
    this.store = store;
    this.generation = generation;
    slots = new Slots(store.slots());
    bySlot = new AtomicReferenceArray<>(slots.count());
    for (int i = 0; i < STRIPES; i++) {
      stripes.add(new HashMap<>());
    }
  }

  /** The kernel knows the control group's clients by their class from now on. */
  void tell(long group, ClientClasses.Part part) {
    if (!groups.isTold(group)) {
      groups.tell(group, former -> store.addControlGroup(generation, group, part, former));
    }
  }

  private Map<CacheKey, Copies> stripe(CacheKey key) {
    return stripes.get(key.hashCode() >>> 3 & (STRIPES - 1));
  }

  /**
   * Puts an answer into the kernel.
   *
   * @param key may be a probe
   * @param holds asked at the last moment: whether the cache still says so
   * @return false if there is no room, or it is not of the kind that fits
   */
  boolean put(
      CacheKey key, KernelAnswer.Key where, Content content, long now, BooleanSupplier holds) {
    Map<CacheKey, Copies> stripe = stripe(key);
    synchronized (stripe) {
      if (!holds.getAsBoolean()) {
        return true;
      }
      Copies copies = stripe.get(key);
      int slot = copies == null ? Slots.NONE : slotOf(copies, where);
      boolean fresh = slot == Slots.NONE;
      if (fresh) {
        slot = slots.take();
      }
      if (slot == Slots.NONE) {
        return false;
      }
      boolean there = store.put(answer(where, content, slot));
      if (fresh && !there) {
        slots.free(slot);
      } else if (fresh) {
        if (copies == null) {
          copies = new Copies(key.copy());
          stripe.put(copies.key, copies);
        }
        copies.places.add(new Copy(where, slot));
        bySlot.set(slot, copies);
      }
      if (copies != null) {
        renew(copies, content);
        copies.lastAsked = now;
      }
      return there;
    }
  }

  /** Whether the answer of this key is in the kernel for that class of clients. */
  boolean holds(CacheKey key, KernelAnswer.Key where) {
    Map<CacheKey, Copies> stripe = stripe(key);
    synchronized (stripe) {
      Copies copies = stripe.get(key);
      return copies != null && slotOf(copies, where) != Slots.NONE;
    }
  }

  private static int slotOf(Copies copies, KernelAnswer.Key where) {
    for (Copy copy : copies.places) {
      if (copy.key.client() == where.client()
          && copy.key.askedHigh() == where.askedHigh()
          && copy.key.askedLow() == where.askedLow()) {
        return copy.slot;
      }
    }
    return Slots.NONE;
  }

  private static void renew(Copies copies, Content content) {
    copies.constant = content.constant();
    copies.goneNanos = content.staleEndNanos();
  }

  /** Replaces the copies of an answer, where there are any. */
  void replace(CacheKey key, Content content, BooleanSupplier holds) {
    Map<CacheKey, Copies> stripe = stripe(key);
    synchronized (stripe) {
      Copies copies = stripe.get(key);
      if (copies == null || !holds.getAsBoolean()) {
        return;
      }
      renew(copies, content);
      for (Copy copy : copies.places) {
        if (!store.put(answer(copy.key, content, copy.slot))) {
          store.remove(copy.key); // grown out of the kernel
        }
      }
    }
  }

  /** Takes all copies of an answer out of the kernel. */
  void remove(CacheKey key) {
    Map<CacheKey, Copies> stripe = stripe(key);
    synchronized (stripe) {
      Copies copies = stripe.remove(key);
      if (copies != null) {
        takeOut(copies);
      }
    }
  }

  private void takeOut(Copies copies) {
    for (Copy copy : copies.places) {
      store.remove(copy.key);
      bySlot.set(copy.slot, null);
      slots.free(copy.slot);
    }
  }

  private KernelAnswer answer(KernelAnswer.Key where, Content content, int slot) {
    Answer answer = content.answer();
    boolean negative = answer.kind() != Answer.Kind.POSITIVE;
    KernelAnswer.Life life =
        content.constant()
            ? KernelAnswer.Life.constant(generation)
            : new KernelAnswer.Life(
                generation,
                false,
                content.storedNanos(),
                content.endNanos(),
                content.staleEndNanos());
    return new KernelAnswer(where, content(answer, negative), life, content.lesson(), slot);
  }

  static KernelAnswer.Content content(Answer answer, boolean negative) {
    Rcode rcode = answer.rcode();
    return new KernelAnswer.Content(
        answer.headerFlags() | rcode.code(),
        answer.answerCount(),
        answer.authorityCount(),
        answer.additionalCount(),
        answer.recordBytes(),
        answer.ttlOffsets(),
        answer.options(),
        answer.staleOptions(),
        negative);
  }

  /**
   * Now and then tells how often answers were given, and takes out what has ended; if slots run
   * short, also what was not asked for the longest. One thread; once a second or so.
   *
   * @param all asked where hits are told, whether of all answers; else only of those that near
   *     their end, when it is decided whether they are asked for again
   */
  void sweep(long now, BooleanSupplier all, ObjIntConsumer<CacheKey> given) {
    boolean few = slots.available() < slots.count() / 8;
    if (few || sweeps % SWEEPS_TO_HITS == 0) {
      takeHits(now, few || all.getAsBoolean(), given);
    }
    if (few || ++sweeps % SWEEPS_TO_ENDED == 0) {
      takeOutEnded(now);
    }
    if (few) {
      makeRoom(slots.count() / 4);
    }
  }

  private void takeHits(long now, boolean all, ObjIntConsumer<CacheKey> given) {
    store.takeHits(
        now,
        all,
        (slot, hits) -> {
          Copies copies = bySlot.get(slot);
          if (copies != null) {
            copies.lastAsked = now;
            given.accept(copies.key, hits);
          }
        });
  }

  private void takeOutEnded(long now) {
    for (Map<CacheKey, Copies> stripe : stripes) {
      synchronized (stripe) {
        stripe
            .values()
            .removeIf(copies -> {
              boolean ended = !copies.constant && now - copies.goneNanos >= 0;
              if (ended) {
                takeOut(copies);
              }
              return ended;
            });
      }
    }
  }

  private void makeRoom(int wanted) {
    List<Age> ages = new ArrayList<>();
    for (Map<CacheKey, Copies> stripe : stripes) {
      synchronized (stripe) {
        stripe.values().forEach(copies -> ages.add(new Age(copies.key, copies.lastAsked)));
      }
    }
    ages.sort(Comparator.comparingLong(Age::lastAsked));
    for (Age age : ages) {
      if (slots.available() >= wanted) {
        return;
      }
      remove(age.key());
    }
  }

  /** Whether more than a quarter of the slots are free. */
  boolean hasRoom() {
    return slots.available() > slots.count() / 4;
  }

  /** Copies in the kernel. */
  int size() {
    return slots.count() - slots.available();
  }
}
