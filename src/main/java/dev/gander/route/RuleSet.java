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

  /**
   * The rules that may be the first to match an answer of which nothing is known but where it is
   * from; the last one matches for certain, unless it is NONE.
   */
  List<Integer> possibleForResponse(
      Facts facts, byte[] name, int type, String upstream, String by) {
    facts.client = null;
    facts.answer = null;
    facts.type = type;
    facts.upstream = upstream;
    facts.by = by;
    if (asksName) {
      names.lookUp(name, 0, facts.name);
    }
    List<Integer> possible = new ArrayList<>();
    for (int rule = 0; rule < rules.length; rule++) {
      boolean certain = true;
      boolean excluded = false;
      for (Check check : rules[rule]) {
        boolean known = !(check instanceof AddressCheck);
        certain &= known;
        excluded |= known && check.holds(this, facts) == check.negated;
      }
      if (!excluded) {
        possible.add(rule);
        if (certain) {
          return possible;
        }
      }
    }
    possible.add(NONE);
    return possible;
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

  private static final class ClientCheck extends Check {

    private final ClientTest test;

    ClientCheck(boolean negated, ClientTest test) {
      super(negated);
      this.test = test;
    }

    @Override
    boolean holds(RuleSet rules, Facts facts) {
      return facts.client != null && test.holds(facts.client);
    }
  }

  private static final class UpstreamCheck extends Check {

    private final Set<String> wanted;

    UpstreamCheck(boolean negated, Set<String> wanted) {
      super(negated);
      this.wanted = wanted;
    }

    @Override
    boolean holds(RuleSet rules, Facts facts) {
      return wanted.contains(facts.upstream) || wanted.contains(facts.by);
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
              case NormalRule.Test.Mac test ->
                  new ClientCheck(negated, ClientTest.mac(test.addresses()));
              case NormalRule.Test.ProcessName test ->
                  new ClientCheck(negated, ClientTest.process(test.names()));
              case NormalRule.Test.Dscp test ->
                  new ClientCheck(negated, ClientTest.number(Client::dscp, test.codePoints()));
              case NormalRule.Test.Vlan test ->
                  new ClientCheck(negated, ClientTest.number(Client::vlan, test.ids()));
              case NormalRule.Test.User test ->
                  new ClientCheck(negated, ClientTest.number(Client::uid, test.ids()));
              case NormalRule.Test.ControlGroup test ->
                  new ClientCheck(negated, ClientTest.controlGroup(test.paths()));
              case NormalRule.Test.InterfaceName test ->
                  new ClientCheck(negated, ClientTest.iface(test.names(), interfaceNames));
              case NormalRule.Test.Upstream test -> new UpstreamCheck(negated, test.names());
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
