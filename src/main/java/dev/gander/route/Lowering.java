package dev.gander.route;

import dev.gander.route.ClientClasses.Part;
import dev.gander.route.NormalRule.Condition;
import dev.gander.route.NormalRule.Test;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/**
 * Makes of the request rules what a program in the kernel can ask: in which class a client is, and
 * which names are rejected.
 *
 * <p>Rejected names must be exact where they say yes, and may always say nothing. So a rejecting
 * rule may be lowered in part or not at all: who comes to a later rejecting rule is rejected either
 * way. Of a rule that does anything else, whatever it could match must be known: one of its
 * conditions, which all it matches fulfil, becomes names, limits of clients or limits of types; if
 * none can, the run of lowered rules ends there.
 */
final class Lowering {

  private final List<NormalRule> rules;
  private final DomainMatcher names;
  private final IpMatcher addresses;
  private final IntFunction<String> interfaceNames;

  /** By rule, the number of the first of its conditions on names; and on addresses. */
  private final int[] firstName;

  private final int[] firstAddress;

  private final Facts<Long> macs = new Facts<>(Set::contains);
  private final Facts<String> interfaces = new Facts<>(Set::contains);
  private final Facts<String> processes = new Facts<>(Set::contains);
  private final Facts<Long> dscps = new Facts<>(Set::contains);
  private final Facts<Long> vlans = new Facts<>(Set::contains);
  private final Facts<Long> users = new Facts<>(Set::contains);
  private final Facts<String> controlGroups =
      new Facts<>((groups, path) ->
          groups.stream().anyMatch(group -> ControlGroupPaths.isWithin(path, group)));
  private final List<Facts<?>> facts =
      List.of(macs, interfaces, processes, dscps, vlans, users, controlGroups);
  private final int[] addressLimits;
  private final int[] verdicts;
  private final Map<Integer, Integer> typeLimits = new LinkedHashMap<>();

  /** Values of one kind that conditions mention, and which of those conditions hold for each. */
  private static final class Facts<T> {

    private final List<Set<T>> conditions = new ArrayList<>();
    private final Map<T, Integer> numbers = new LinkedHashMap<>();
    private final Map<List<Boolean>, Integer> known = new HashMap<>();
    private final BiPredicate<Set<T>, T> test;
    private int[] limits = {};
    private int shift;

    /**
     * @param test whether a condition of those values holds for one
     */
    Facts(BiPredicate<Set<T>, T> test) {
      this.test = test;
    }

    /** Gives each value a number that says which conditions hold; 0: none. */
    void number() {
      known.put(conditions.stream().map(condition -> false).toList(), 0);
      for (Set<T> condition : conditions) {
        for (T value : condition) {
          List<Boolean> holding = conditions.stream().map(it -> test.test(it, value)).toList();
          numbers.put(value, known.computeIfAbsent(holding, key -> known.size()));
        }
      }
      limits = new int[known.size()];
      Arrays.fill(limits, ClientClasses.NO_LIMIT);
    }

    /** Takes bits of the class from {@code from} on; where the next ones are. */
    int place(int from) {
      shift = from;
      return from + bitsFor(known.size());
    }

    /** Limits those for whom the condition holds, or does not if {@code negated}. */
    void limit(Set<T> values, boolean negated, int limit) {
      int condition = conditions.indexOf(values);
      known.forEach((holding, number) -> {
        if (holding.get(condition) != negated) {
          limits[number] = Math.min(limits[number], limit);
        }
      });
    }

    Part part(int number) {
      return new Part((long) number << shift, limits[number]);
    }

    Map<T, Part> parts() {
      Map<T, Part> parts = new LinkedHashMap<>();
      numbers.forEach((value, number) -> parts.put(value, part(number)));
      return parts;
    }
  }

  /**
   * @param rules those that {@code matchers} was built of, in their order
   * @param others tests of other rules, by which classes are to be told apart as well
   * @param rejects whether the rule of an index rejects
   */
  Lowering(
      List<NormalRule> rules,
      List<Test> others,
      RuleSet matchers,
      IntPredicate rejects,
      IntFunction<String> interfaceNames) {
    this.rules = rules;
    names = matchers.names();
    addresses = matchers.addresses();
    this.interfaceNames = interfaceNames;
    firstName = new int[rules.size()];
    firstAddress = new int[rules.size()];
    collect();
    others.forEach(this::collect);
    facts.forEach(Facts::number);
    addressLimits = new int[addresses.sets().count()];
    Arrays.fill(addressLimits, ClientClasses.NO_LIMIT);
    verdicts = new int[names.conditions()];
    lower(rejects);
  }

  private void collect() {
    int name = 0;
    int address = 0;
    for (int i = 0; i < rules.size(); i++) {
      firstName[i] = name;
      firstAddress[i] = address;
      for (Condition condition : rules.get(i).conditions()) {
        switch (condition.test()) {
          case Test.Name _ -> name++;
          case Test.Address _ -> address++;
          default -> collect(condition.test());
        }
      }
    }
  }

  private void collect(Test of) {
    switch (of) {
      // A client whose MAC address is not known has 0, which no rule can mean.
      case Test.Mac test -> macs.conditions.add(without(test.addresses(), 0L));
      case Test.InterfaceName test -> interfaces.conditions.add(test.names());
      case Test.ProcessName test -> processes.conditions.add(test.names());
      case Test.Dscp test -> dscps.conditions.add(longs(test.codePoints()));
      case Test.Vlan test -> vlans.conditions.add(longs(test.ids()));
      case Test.User test -> users.conditions.add(longs(test.ids()));
      case Test.ControlGroup test -> controlGroups.conditions.add(test.paths());
      default -> {}
    }
  }

  private static Set<Long> without(Set<Long> values, Long one) {
    return values.stream()
        .filter(value -> !value.equals(one))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<Long> longs(Set<Integer> values) {
    return values.stream().map(Integer::toUnsignedLong).collect(Collectors.toUnmodifiableSet());
  }

  private static int bitsFor(int numbers) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(numbers - 1);
  }

  private void lower(IntPredicate rejects) {
    int last = lastRejecting(rejects);
    for (int i = 0; i <= last; i++) {
      if (rejects.test(i)) {
        List<Condition> conditions = rules.get(i).conditions();
        Condition only = conditions.getFirst();
        if (conditions.size() == 1 && only.test() instanceof Test.Name && !only.negated()) {
          verdicts[firstName[i]] = RejectedNames.verdict(i, true);
        }
      } else if (!stepOver(i)) {
        return;
      }
    }
  }

  private int lastRejecting(IntPredicate rejects) {
    int last = Math.min(rules.size(), RejectedNames.MAX_RULES) - 1;
    while (last >= 0 && !rejects.test(last)) {
      last--;
    }
    return last;
  }

  /** Lowers one condition of a rule that does not reject; the narrowest kind there is. */
  private boolean stepOver(int rule) {
    List<Function<Condition, Boolean>> kinds =
        List.of(
            condition -> stepOverNames(rule, condition),
            condition -> stepOverClients(rule, condition),
            condition -> stepOverTypes(rule, condition));
    for (Function<Condition, Boolean> kind : kinds) {
      for (Condition condition : rules.get(rule).conditions()) {
        if (kind.apply(condition)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean stepOverNames(int rule, Condition condition) {
    int number = firstName[rule] + indexAmong(rule, condition, Test.Name.class);
    boolean fits =
        condition.test() instanceof Test.Name && !condition.negated() && names.onlyNames(number);
    if (fits) {
      verdicts[number] = RejectedNames.verdict(rule, false);
    }
    return fits;
  }

  private boolean stepOverClients(int rule, Condition condition) {
    int limit = RejectedNames.verdict(rule, false);
    boolean negated = condition.negated();
    switch (condition.test()) {
      case Test.Address _ -> {
        int number = firstAddress[rule] + indexAmong(rule, condition, Test.Address.class);
        for (int set = 0; set < addressLimits.length; set++) {
          if (addresses.sets().contains(set, number) != negated) {
            addressLimits[set] = Math.min(addressLimits[set], limit);
          }
        }
      }
      case Test.Mac test -> macs.limit(without(test.addresses(), 0L), negated, limit);
      case Test.InterfaceName test -> interfaces.limit(test.names(), negated, limit);
      case Test.ProcessName test -> processes.limit(test.names(), negated, limit);
      case Test.Dscp test -> dscps.limit(longs(test.codePoints()), negated, limit);
      case Test.Vlan test -> vlans.limit(longs(test.ids()), negated, limit);
      case Test.User test -> users.limit(longs(test.ids()), negated, limit);
      case Test.ControlGroup test -> controlGroups.limit(test.paths(), negated, limit);
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean stepOverTypes(int rule, Condition condition) {
    if (!(condition.test() instanceof Test.QueryType test)
        || condition.negated()
        || typeLimits.size() + test.types().size() > RejectedNames.MAX_TYPES) {
      return false;
    }
    test.types().forEach(type -> typeLimits.putIfAbsent(type, RejectedNames.verdict(rule, false)));
    return true;
  }

  /** Which of the rule's conditions of that kind it is. */
  private int indexAmong(int rule, Condition wanted, Class<? extends Test> kind) {
    int index = 0;
    for (Condition condition : rules.get(rule).conditions()) {
      if (condition.equals(wanted)) {
        break;
      }
      index += kind.isInstance(condition.test()) ? 1 : 0;
    }
    return index;
  }

  RejectedNames rejectedNames() {
    return new RejectedNames(names, verdicts, typeLimits);
  }

  ClientClasses clientClasses() {
    Part[] addressParts = new Part[addressLimits.length];
    Arrays.setAll(addressParts, set -> new Part(set, addressLimits[set]));
    int bits = bitsFor(addressParts.length);
    for (Facts<?> fact : facts) {
      bits = fact.place(bits);
    }
    return new ClientClasses(
        addresses,
        addressParts,
        new ClientClasses.Facts(
            numbers(macs),
            texts(interfaces),
            texts(processes),
            numbers(dscps),
            numbers(vlans),
            numbers(users),
            texts(controlGroups)),
        bits,
        interfaceNames);
  }

  private static NumberParts numbers(Facts<Long> facts) {
    return new NumberParts(facts.parts(), facts.part(0));
  }

  private static TextParts texts(Facts<String> facts) {
    return new TextParts(facts.parts(), facts.part(0));
  }
}
