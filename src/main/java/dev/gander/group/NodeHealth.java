package dev.gander.group;

import dev.gander.clock.Clock;
import dev.gander.group.UseHealth.State;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * How one node does, by use. Groups with the same terms of checking share it, and hear when
 * something changes. Any thread.
 */
final class NodeHealth {

  /** Hears that the health of one use is not what it was. */
  interface Listener {
    /**
     * After the change.
     *
     * @param state whether it lives or not; else nothing but latencies
     */
    void changed(Use use, boolean state);
  }

  /** Looks into what real traffic says. */
  interface Rechecks {
    /** Has the node checked for this use as soon as can be. */
    void urgently(NodeHealth node, Use use);
  }

  private final Node node;
  private final CheckTerms terms;
  private final Rechecks rechecks;
  private final Map<Use, UseHealth> uses = new EnumMap<>(Use.class);
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  NodeHealth(Node node, CheckTerms terms, Rechecks rechecks, Clock clock) {
    this.node = node;
    this.terms = terms;
    this.rechecks = rechecks;
    for (Use use : Use.values()) {
      uses.put(use, new UseHealth(clock));
    }
  }

  Node node() {
    return node;
  }

  CheckTerms terms() {
    return terms;
  }

  void listen(Listener listener) {
    listeners.add(listener);
  }

  void forget(Listener listener) {
    listeners.remove(listener);
  }

  UseHealth of(Use use) {
    return Objects.requireNonNull(uses.get(use));
  }

  /** Takes over what the same node of an earlier configuration knew. */
  void learnFrom(NodeHealth before) {
    for (Use use : Use.values()) {
      of(use).learnFrom(before.of(use));
      tell(use, true);
    }
  }

  void checkWorked(Use use, long nanos) {
    tell(use, of(use).checkWorked(nanos));
  }

  /** True if this is how its death became known. */
  boolean checkFailed(Use use, String why) {
    State before = of(use).checkFailed(why);
    tell(use, before != State.DEAD);
    return before == State.ALIVE || before == State.SUSPECT;
  }

  void checkProvedNothing(Use use, String why) {
    if (of(use).checkProvedNothing(why)) {
      tell(use, true);
    }
  }

  void worked(Use use, long nanos) {
    if (of(use).worked(nanos)) {
      tell(use, true);
    }
  }

  void failed(Use use, String why) {
    if (of(use).failed(why)) {
      tell(use, true);
      rechecks.urgently(this, use);
    }
  }

  private void tell(Use use, boolean state) {
    listeners.forEach(it -> it.changed(use, state));
  }
}
