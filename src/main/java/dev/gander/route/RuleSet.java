package dev.gander.route;

import dev.gander.message.Answer;
import dev.gander.message.Client;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a section, lowered: which is the first that matches? One look-up of the name marks
 * the rules that can match at all; only those are asked, in their order, their cheapest condition
 * first. Immutable; what changes lies in the thread's {@link Facts}.
 */
final class RuleSet {

  static final int NONE = -1;

  private final DomainMatcher names;
  private final IpMatcher addresses;
  private final IntFunction<String> interfaceNames;

  /** By rule, its conditions, cheapest first. */
  private final Check[][] rules;

  /** Bits of the rules that no look-up of the name can rule out. */
  private final long[] open;

  /** By condition on the name, the rule it is of. */
  private final int[] ruleOf;

  private final boolean asksName;

  private RuleSet(Builder from) {
    names = from.names.build();
    addresses = from.addresses.build();
    interfaceNames = from.interfaceNames;
    ruleOf = from.ruleOf.stream().mapToInt(Integer::intValue).toArray();
    asksName = ruleOf.length > 0;
    rules = new Check[from.rules.size()][];
    open = new long[(rules.length + 63) >>> 6];
    for (int i = 0; i < rules.length; i++) {
      Check[] checks = from.rules.get(i).toArray(Check[]::new);
      boolean named = false;
      for (Check check : checks) {
        named |= check instanceof NameCheck name && !name.negated && !names.mustRun(name.condition);
      }
      if (!named) {
        open[i >>> 6] |= 1L << i;
      }
      Arrays.sort(checks, Comparator.comparingInt(check -> check.cost(names)));
      rules[i] = checks;
    }
  }

  /** All conditions on names; the n-th in the order of the rules is number n. */
  DomainMatcher names() {
    return names;
  }

  /** All conditions on addresses, numbered likewise. */
  IpMatcher addresses() {
    return addresses;
  }

  /** What is known of one query or answer while its rules are asked; reused by its thread. */
  final class Facts implements Answer.AddressTest {

    private final DomainMatcher.LookUp name = names.newLookUp();
    private final long[] candidates = new long[open.length];
    private final long[] addressMarks = new long[(addresses.conditions() + 63) >>> 6];
    private boolean addressesRead;
    private int type;
    private @Nullable Client client;
    private @Nullable Answer answer;
    private String upstream = "";
    private String by = "";

    /** Answer's addresses all count, so none ends the walk. */
    @Override
    public boolean test(long high, long low) {
      addresses.mark(high, low, addressMarks);
      return false;
    }

    private boolean addressHolds(int condition) {
      if (!addressesRead) {
        readAddresses();
        addressesRead = true;
      }
      return (addressMarks[condition >>> 6] & (1L << condition)) != 0;
    }

    private void readAddresses() {
      for (int i = 0; i < addressMarks.length; i++) {
        addressMarks[i] = 0;
      }
      if (answer != null) {
        answer.anyAddress(this);
      } else if (client != null) {
        addresses.mark(client.sourceHigh(), client.sourceLow(), addressMarks);
      }
    }
  }

  /** The first rule that matches a question, or NONE. No allocation but for regular expressions. */
  int firstForRequest(Facts facts, byte[] name, int type, Client client) {
    facts.client = client;
    facts.answer = null;
    facts.type = type;
    return first(facts, name);
  }

  /** The first rule that matches an answer, or NONE. */
  int firstForResponse(
      Facts facts, byte[] name, int type, Answer answer, String upstream, String by) {
    facts.client = null;
    facts.answer = answer;
    facts.type = type;
    facts.upstream = upstream;
    facts.by = by;
    return first(facts, name);
  }

  private int first(Facts facts, byte[] name) {
    facts.addressesRead = false;
    long[] candidates = facts.candidates;
    System.arraycopy(open, 0, candidates, 0, open.length);
    if (asksName) {
      names.lookUp(name, 0, facts.name);
      names.collect(facts.name, ruleOf, candidates);
    }
    for (int word = 0; word < candidates.length; word++) {
      for (long rest = candidates[word]; rest != 0; rest &= rest - 1) {
        int rule = (word << 6) + Long.numberOfTrailingZeros(rest);
        if (matches(rules[rule], facts)) {
          return rule;
        }
      }
    }
    return NONE;
  }

  private boolean matches(Check[] checks, Facts facts) {
    for (Check check : checks) {
      if (check.holds(this, facts) == check.negated) {
        return false;
      }
    }
    return true;
  }

  /** One condition of a rule. */
  private abstract static sealed class Check {

    final boolean negated;

    Check(boolean negated) {
      this.negated = negated;
    }

    abstract boolean holds(RuleSet rules, Facts facts);

    /** What asking costs, to ask the cheap first. */
    int cost(DomainMatcher names) {
      return 1;
    }
  }

  private static final class NameCheck extends Check {

    private final int condition;

    NameCheck(boolean negated, int condition) {
      super(negated);
      this.condition = condition;
    }

    @Override
    boolean holds(RuleSet rules, Facts facts) {
      return rules.names.holds(condition, facts.name);
    }

    @Override
    int cost(DomainMatcher names) {
      return names.hasRegex(condition) ? 9 : 0;
    }
  }

  private static final class AddressCheck extends Check {

    private final int condition;

    AddressCheck(boolean negated, int condition) {
      super(negated);
      this.condition = condition;
    }

    @Override
    boolean holds(RuleSet rules, Facts facts) {
      return facts.addressHolds(condition);
    }

    @Override
    int cost(DomainMatcher names) {
      return 3;
    }
  }

  private static final class TypeCheck extends Check {

    private final int[] types;

    TypeCheck(boolean negated, Set<Integer> types) {
      super(negated);
      this.types = types.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    boolean holds(RuleSet rules, Facts facts) {
      for (int type : types) {
        if (type == facts.type) {
          return true;
        }
      }
      return false;
    }
  }

  private static final class MacCheck extends Check {

    private final long[] macs;

    MacCheck(boolean negated, Set<Long> macs) {
      super(negated);
      this.macs = macs.stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    boolean holds(RuleSet rules, Facts facts) {
      long mac = facts.client == null ? 0 : facts.client.mac();
      for (long wanted : macs) {
        if (wanted == mac && mac != 0) {
          return true;
        }
      }
      return false;
    }
  }

  /** A text that must be one of some. */
  private static final class TextCheck extends Check {

    /** Where the text is. */
    enum Field {
      PROCESS,
      INTERFACE,
      UPSTREAM
    }

    private final Field field;
    private final Set<String> wanted;

    TextCheck(boolean negated, Field field, Set<String> wanted) {
      super(negated);
      this.field = field;
      this.wanted = wanted;
    }

    @Override
    boolean holds(RuleSet rules, Facts facts) {
      Client client = facts.client;
      return switch (field) {
        case UPSTREAM -> wanted.contains(facts.upstream) || wanted.contains(facts.by);
        case PROCESS -> client != null && wanted.contains(client.pname());
        case INTERFACE ->
            client != null
                && client.ifindex() != 0
                && wanted.contains(rules.interfaceNames.apply(client.ifindex()));
      };
    }

    @Override
    int cost(DomainMatcher names) {
      return 2;
    }
  }

  static final class Builder {

    private final GeoExpansion geodata;
    private final IntFunction<String> interfaceNames;
    private final DomainMatcher.Builder names = new DomainMatcher.Builder();
    private final IpMatcher.Builder addresses = new IpMatcher.Builder();
    private final List<List<Check>> rules = new ArrayList<>();
    private final List<Integer> ruleOf = new ArrayList<>();

    /**
     * Begins an empty set.
     *
     * @param geodata expands lists, and hears what is wrong
     * @param interfaceNames ifindex to name; empty if unknown
     */
    Builder(GeoExpansion geodata, IntFunction<String> interfaceNames) {
      this.geodata = geodata;
      this.interfaceNames = interfaceNames;
    }

    /** Adds the next rule. */
    void add(NormalRule rule) {
      List<Check> checks = new ArrayList<>();
      for (NormalRule.Condition condition : rule.conditions()) {
        boolean negated = condition.negated();
        checks.add(
            switch (condition.test()) {
              case NormalRule.Test.Name test -> name(negated, test);
              case NormalRule.Test.Address test -> address(negated, test);
              case NormalRule.Test.QueryType test -> new TypeCheck(negated, test.types());
              case NormalRule.Test.Mac test -> new MacCheck(negated, test.addresses());
              case NormalRule.Test.ProcessName test ->
                  new TextCheck(negated, TextCheck.Field.PROCESS, test.names());
              case NormalRule.Test.InterfaceName test ->
                  new TextCheck(negated, TextCheck.Field.INTERFACE, test.names());
              case NormalRule.Test.Upstream test ->
                  new TextCheck(negated, TextCheck.Field.UPSTREAM, test.names());
              case NormalRule.Test.Own test ->
                  throw new IllegalArgumentException(
                      test.selector().kind() + " is no question of a client");
              case NormalRule.Test.Packet test ->
                  throw new IllegalArgumentException(test + " is no question of DNS");
            });
      }
      rules.add(checks);
    }

    /** Adds a condition on the client's address that is of none of the rules. */
    void addClients(NormalRule.Test.Address test) {
      int _ = addresses.condition();
      geodata.addPrefixes(test.patterns(), addresses);
    }

    private Check name(boolean negated, NormalRule.Test.Name test) {
      int condition = names.condition();
      ruleOf.add(rules.size());
      geodata.addNames(test.patterns(), names);
      return new NameCheck(negated, condition);
    }

    private Check address(boolean negated, NormalRule.Test.Address test) {
      int condition = addresses.condition();
      geodata.addPrefixes(test.patterns(), addresses);
      return new AddressCheck(negated, condition);
    }

    RuleSet build() {
      return new RuleSet(this);
    }
  }
}
