package dev.gander.publish;

import dev.gander.intercept.ClientClasses;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongConsumer;

/**
 * The control groups that the kernel has been told of: no more than its map holds, since one that
 * takes another's place has that forgotten. Any thread; looking makes no garbage.
 */
final class ToldGroups {

  private static final int PLACES = ClientClasses.ENTRIES_MAX;

  private final AtomicLongArray told = new AtomicLongArray(PLACES);

  /** Whether the kernel knows it. */
  boolean isTold(long id) {
    return told.get(place(id)) == id;
  }

  /**
   * Tells of one.
   *
   * @param teller given the one that is to be forgotten, or 0
   */
  synchronized void tell(long id, LongConsumer teller) {
    int place = place(id);
    if (told.get(place) != id) {
      teller.accept(told.get(place));
      told.set(place, id);
    }
  }

  /** Numbers are given one after another. */
  private static int place(long id) {
    return (int) (id ^ id >>> 32) & (PLACES - 1);
  }
}
