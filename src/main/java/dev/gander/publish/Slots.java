package dev.gander.publish;

/** Numbers to give out and take back. Any thread. */
final class Slots {

  static final int NONE = -1;

  private final int[] free;
  private int available;

  /** All from 0 to {@code count - 1} are free. */
  Slots(int count) {
    free = new int[count];
    available = count;
    for (int i = 0; i < count; i++) {
      free[i] = count - 1 - i;
    }
  }

  synchronized int take() {
    return available == 0 ? NONE : free[--available];
  }

  synchronized void free(int slot) {
    free[available++] = slot;
  }

  synchronized int available() {
    return available;
  }

  int count() {
    return free.length;
  }
}
