package dev.gander.route;

import java.util.Map;

/**
 * The names that request rules reject whoever asks, as far as hashes can tell: full names and
 * suffixes of the rules before the first that hashes cannot decide.
 *
 * <p>Each name has two verdicts, for itself and for names below it. Of a question's name and all
 * its suffixes the least verdict that is not 0 decides. The question is rejected if that verdict is
 * odd and less than the limits of its type and of its client's {@link ClientClasses.Part}s. In
 * every other case nothing is said: the rules must be asked. Immutable, any thread.
 */
public final class RejectedNames {

  /** The verdict before all rules, for names that are answered before rules are asked. */
  public static final int BEFORE_RULES = 2;

  /** Types that may have a limit of their own. */
  static final int MAX_TYPES = 16;

  /** Rules looked at; a verdict is less than 0x3fff. */
  static final int MAX_RULES = 8000;

  private final DomainMatcher names;
  private final int[] verdicts;
  private final Map<Integer, Integer> typeLimits;

  /** Sees a name and its verdicts; both are not 0 at once. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Called once for each name.
     *
     * @param buffer holds the lower-cased wire name; read only, valid during the call
     * @param exact verdict on the name itself; 0 for none
     * @param below verdict on the names below it; 0 for none
     */
    void name(byte[] buffer, int offset, int length, int exact, int below);
  }

  /**
   * @param verdicts by condition on the name, the verdict of its rule; 0 where there is none
   * @param typeLimits by type
   */
  RejectedNames(DomainMatcher names, int[] verdicts, Map<Integer, Integer> typeLimits) {
    this.names = names;
    this.verdicts = verdicts;
    this.typeLimits = Map.copyOf(typeLimits);
  }

  /** The verdict of rule {@code index}. */
  static int verdict(int index, boolean reject) {
    return (index + 2) << 1 | (reject ? 1 : 0);
  }

  /** Whether there is none at all. */
  public boolean isEmpty() {
    for (int verdict : verdicts) {
      if ((verdict & 1) != 0) {
        return false;
      }
    }
    return true;
  }

  /** How many names {@link #forEach} shows; reads them all. */
  public int count() {
    int[] count = {0};
    forEach((buffer, offset, length, exact, below) -> count[0]++);
    return count[0];
  }

  /** Shows all names, in no order. */
  public void forEach(Visitor visitor) {
    IdSets sets = names.sets();
    int[] least = new int[sets.count()];
    for (int set = 0; set < least.length; set++) {
      least[set] = sets.least(set, verdicts);
    }
    names
        .suffixes()
        .forEach((buffer, offset, length, exact, below) -> {
          if (least[exact] != 0 || least[below] != 0) {
            visitor.name(buffer, offset, length, least[exact], least[below]);
          }
        });
  }

  /** Types of which fewer rules count; at most 16. */
  public Map<Integer, Integer> typeLimits() {
    return typeLimits;
  }
}
