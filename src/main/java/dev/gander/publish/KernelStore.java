package dev.gander.publish;

import dev.gander.intercept.ClientClasses;
import dev.gander.intercept.KernelAnswer;
import dev.gander.intercept.KernelAnswers;

/** What {@link Shelf} needs of {@link KernelAnswers}. Any thread. */
interface KernelStore {

  /** Puts an answer, or replaces it; false if it is not of the kind that fits. */
  boolean put(KernelAnswer answer);

  /** Takes an answer out, if it is there. */
  void remove(KernelAnswer.Key key);

  /**
   * Tells how often answers of each slot were given since that was last told: of those that near
   * their end, or of all.
   */
  void takeHits(long now, boolean all, KernelAnswers.HitSink sink);

  /** As {@link KernelAnswers#addControlGroup}. */
  void addControlGroup(int generation, long id, ClientClasses.Part part, long former);

  /** How many slots there are. */
  int slots();

  /** The real one. */
  static KernelStore of(KernelAnswers answers) {
    return new KernelStore() {
      @Override
      public boolean put(KernelAnswer answer) {
        return answers.put(answer);
      }

      @Override
      public void remove(KernelAnswer.Key key) {
        answers.remove(key);
      }

      @Override
      public void takeHits(long now, boolean all, KernelAnswers.HitSink sink) {
        answers.takeHits(now, all, sink);
      }

      @Override
      public void addControlGroup(int generation, long id, ClientClasses.Part part, long former) {
        answers.addControlGroup(generation, id, part, former);
      }

      @Override
      public int slots() {
        return answers.slots();
      }
    };
  }
}
