package dev.gander.local;

import dev.gander.message.Answer;
import dev.gander.message.Request;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names with addresses, and addresses with names. Immutable; looking allocates nothing. */
final class HostTable {

  static final HostTable EMPTY = new Builder().build();

  private final NameTable names;
  private final NameTable wildcards;
  private final NameAnswers[] answers;

  private HostTable(NameTable names, NameTable wildcards, NameAnswers[] answers) {
    this.names = names;
    this.wildcards = wildcards;
    this.answers = answers;
  }

  /** The answer, if the name is one of these. */
  @Nullable Answer find(Request request) {
    int at = names.find(request.name(), 0, request.nameLength(), request.nameHash());
    if (at == NameTable.NONE) {
      at = wildcards.findAbove(request.name(), request.nameLength(), request.nameHash(), true);
    }
    return at == NameTable.NONE ? null : answers[at].answer(request.type());
  }

  /** Shows all names. */
  void forEach(LocalNames.Visitor visitor) {
    names.forEach((name, at) -> visitor.name(name, false));
    wildcards.forEach((name, at) -> visitor.name(name, true));
  }

  /** Names, the reverse ones too. */
  int size() {
    return names.size() + wildcards.size();
  }

  /**
   * Collects names. Those of equal addresses share one set: sets form a tree, each one address more
   * than its parent.
   */
  static final class Builder {

    /** Addresses one name may have: they must fit into an answer. */
    static final int MAX_ADDRESSES = 64;

    private record Step(int set, InetAddress address) {}

    private final NameTable names = new NameTable();
    private final NameTable wildcards = new NameTable();
    private final NameTable reverse = new NameTable();
    private final List<byte[]> reverseTargets = new ArrayList<>();
    private final List<List<InetAddress>> sets = new ArrayList<>(List.of(List.<InetAddress>of()));
    private final Map<Step, Integer> steps = new HashMap<>();

    /**
     * One more address of a name; one it has already changes nothing.
     *
     * @param name lower-cased wire form
     * @return false if the name has {@link #MAX_ADDRESSES} already
     */
    boolean add(byte[] name, InetAddress address) {
      return add(names, name, address);
    }

    /** The same for all names below {@code name} that have no addresses of their own. */
    boolean addBelow(byte[] name, InetAddress address) {
      return add(wildcards, name, address);
    }

    private boolean add(NameTable table, byte[] name, InetAddress address) {
      int set = Math.max(table.get(name), 0);
      List<InetAddress> addresses = sets.get(set);
      if (addresses.contains(address)) {
        return true;
      }
      if (addresses.size() == MAX_ADDRESSES) {
        return false;
      }
      table.put(
          name, steps.computeIfAbsent(new Step(set, address), step -> grown(addresses, step)));
      return true;
    }

    private int grown(List<InetAddress> addresses, Step step) {
      List<InetAddress> longer = new ArrayList<>(addresses);
      longer.add(step.address());
      sets.add(List.copyOf(longer));
      return sets.size() - 1;
    }

    /**
     * The name an address has, unless it has one already; addresses that lead nowhere have none.
     */
    void addReverse(InetAddress address, byte[] name) {
      byte[] asked = NameAnswers.reverseName(address);
      if (!address.isAnyLocalAddress() && reverse.get(asked) == NameTable.NONE) {
        reverse.put(asked, reverseTargets.size());
        reverseTargets.add(name);
      }
    }

    int size() {
      return names.size();
    }

    /** The table; this builder is then used up. */
    HostTable build() {
      List<NameAnswers> answers = new ArrayList<>();
      sets.forEach(set -> answers.add(NameAnswers.ofAddresses(set)));
      reverse.forEach((name, at) -> {
        if (names.get(name) == NameTable.NONE) {
          names.put(name, answers.size());
          answers.add(NameAnswers.ofName(reverseTargets.get(at)));
        }
      });
      return new HostTable(names, wildcards, answers.toArray(NameAnswers[]::new));
    }
  }
}
