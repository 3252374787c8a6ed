package dev.gander.config;

import dev.gander.config.Group.Filter;
import dev.gander.config.Group.HealthCheck;
import dev.gander.config.Group.Policy;
import dev.gander.config.Rule.Parameter;
import dev.gander.config.Rule.Term;
import dev.gander.config.Syntax.Argument;
import dev.gander.config.Syntax.Call;
import dev.gander.config.Syntax.Entry;
import dev.gander.config.Syntax.Expression;
import dev.gander.config.Syntax.KeyValue;
import dev.gander.config.Syntax.Literal;
import dev.gander.config.Syntax.Section;
import dev.gander.config.Syntax.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code group { NAME { filter: … policy: … } }}. */
final class Groups {

  private static final Set<String> RESERVED = Set.of("direct", "block", "must_rules");
  private static final Set<String> FILTERS = Set.of("name", "subtag");
  private static final Set<String> FILTER_KEYS = Set.of("keyword", "regex", "full");
  private static final List<String> POLICIES =
      List.of(
          "random",
          "fixed(0)",
          "min",
          "min_avg10",
          "min_moving_avg",
          "hash(client)",
          "hash(domain)",
          "weighted",
          "hedge");

  /** Enough for every proportion people have in mind. */
  private static final int HEAVIEST = 1000;

  private final SectionReader reader;
  private final Problems problems;
  private final Set<String> nodes;

  /**
   * Reads with these names of nodes in mind.
   *
   * @param nodes the nodes of the file itself; subscriptions bring others
   */
  Groups(SectionReader reader, Set<String> nodes) {
    this.reader = reader;
    this.nodes = nodes;
    this.problems = reader.problems();
  }

  List<Group> groups(List<Entry> entries) {
    List<Group> groups = new ArrayList<>();
    for (Map.Entry<String, Section> named : SectionReader.merged(entries).entrySet()) {
      refuseReserved(named.getKey(), named.getValue().place());
      groups.add(group(named.getKey(), named.getValue()));
    }
    for (Entry entry : entries) {
      if (!(entry instanceof Section)) {
        reader.tellMisplaced("group", entry);
      }
    }
    return List.copyOf(groups);
  }

  private void refuseReserved(String name, Place place) {
    if (RESERVED.contains(name) || name.startsWith("must_")) {
      problems.error(
          place,
          "a group cannot be called `" + Text.shortened(name) + "`",
          "rules use that word; take another");
    }
  }

  private Group group(String name, Section section) {
    String where = "group." + name;
    Values values =
        reader.read(
            where,
            section.entries(),
            GroupKeys.OVERRIDES,
            Set.of(GroupKeys.FILTER, GroupKeys.POLICY));
    List<Filter> filters = new ArrayList<>();
    Policy policy = new Policy.MinMovingAvg();
    @Nullable Place policyPlace = null;
    for (Entry entry : section.entries()) {
      if (!(entry instanceof KeyValue pair)) {
        continue;
      }
      try {
        if (pair.key().equals(GroupKeys.FILTER)) {
          filters.add(filter(pair));
        } else if (pair.key().equals(GroupKeys.POLICY)) {
          reader.refuseAnnotation(pair);
          if (policyPlace != null) {
            reader.tellTwice(pair.key(), pair.place(), policyPlace);
          }
          policyPlace = pair.place();
          policy = policy(pair);
        }
      } catch (BadValue bad) {
        problems.error(bad);
      }
    }
    if (policyPlace == null) {
      problems.warning(
          section.place(),
          "`" + where + "` has no policy, min_moving_avg is used",
          "write `policy: min_moving_avg`");
    }
    return new Group(name, List.copyOf(filters), policy, check(values), section.place());
  }

  private static HealthCheck check(Values values) {
    return new HealthCheck(
        values.ifGiven(GlobalKeys.TCP_CHECK_URL),
        values.ifGiven(GlobalKeys.TCP_CHECK_HTTP_METHOD),
        values.ifGiven(GlobalKeys.UDP_CHECK_DNS),
        values.ifGiven(GlobalKeys.CHECK_INTERVAL),
        values.ifGiven(GlobalKeys.CHECK_TOLERANCE));
  }

  private Filter filter(KeyValue pair) throws BadValue {
    Value value = pair.values().getFirst();
    if (!(value instanceof Expression expression)) {
      throw new BadValue(
          value.place(),
          "a filter is a condition on nodes",
          "write one like `name(keyword: 'HK')` or `subtag(my_sub)`");
    }
    if (pair.values().size() > 1) {
      throw new BadValue(
          pair.values().get(1).place(),
          "more than one value for `filter`",
          "join conditions with `&&`, or write a second `filter:` for \"or\"");
    }
    List<Term> terms = new ArrayList<>();
    for (Call call : expression.calls()) {
      terms.add(term(call));
    }
    Annotation annotation = annotation(pair.annotation());
    return new Filter(
        List.copyOf(terms), annotation.addedLatency(), annotation.weight(), pair.place());
  }

  private Term term(Call call) {
    if (!FILTERS.contains(call.function())) {
      problems.error(
          call.place(),
          "unknown filter `" + Text.shortened(call.function()) + "`",
          Suggestions.forName(call.function(), FILTERS));
    } else if (call.arguments().isEmpty() && !call.broken()) {
      problems.error(
          call.place(), "`" + call.function() + "()` says nothing", "name what it looks for");
    }
    List<Parameter> parameters = new ArrayList<>();
    String keyBefore = "";
    for (Argument argument : call.arguments()) {
      String key = argument.key();
      warnOfLostKey(call, keyBefore, argument);
      keyBefore = key;
      if (!key.isEmpty() && !FILTER_KEYS.contains(key)) {
        problems.error(
            argument.place(),
            "unknown parameter `" + Text.shortened(key) + "` of `" + call.function() + "`",
            Suggestions.forName(key, FILTER_KEYS));
      }
      if (key.equals("regex")) {
        Regexes.checkFilter(argument.value(), problems);
      }
      parameters.add(
          new Parameter(key.equals("full") ? "" : key, argument.value().text(), argument.place()));
    }
    return new Term(call.negated(), call.function(), List.copyOf(parameters), call.place());
  }

  /** {@code keyword: 'HK', 'SG'}: the second is a whole name, which is hardly meant. */
  private void warnOfLostKey(Call call, String keyBefore, Argument argument) {
    String value = argument.value().text();
    if (argument.key().isEmpty() && keyBefore.equals("keyword") && !nodes.contains(value)) {
      String shown = Text.shortened(value);
      problems.warning(
          argument.place(),
          "`" + shown + "` is a whole " + call.function() + " here: a key holds for one value",
          "write `keyword: '" + shown + "'` if that is meant");
    }
  }

  /** What stands in brackets behind a filter. */
  private record Annotation(Duration addedLatency, int weight) {}

  private Annotation annotation(List<Argument> written) throws BadValue {
    Duration added = Duration.ZERO;
    int weight = 1;
    for (Argument argument : written) {
      switch (argument.key()) {
        case "add_latency" -> added = Quantities.signedDuration(argument.value());
        case "weight" ->
            weight =
                (int)
                    Quantities.wholeNumber(
                        argument.value(), 1, HEAVIEST, "a weight from 1 to " + HEAVIEST);
        default -> {
          String name = argument.key().isEmpty() ? argument.value().text() : argument.key();
          problems.error(
              argument.place(),
              "unknown annotation `" + Text.shortened(name) + "`",
              "write [add_latency: 500ms] or [weight: 2]");
        }
      }
    }
    return new Annotation(added, weight);
  }

  private static Policy policy(KeyValue pair) throws BadValue {
    if (pair.values().size() > 1) {
      throw new BadValue(
          pair.values().get(1).place(), "more than one policy", "a group has one policy");
    }
    Value value = pair.values().getFirst();
    return switch (value) {
      case Literal literal -> plainPolicy(literal);
      case Expression expression -> calledPolicy(expression);
    };
  }

  private static Policy plainPolicy(Literal literal) throws BadValue {
    return switch (literal.text()) {
      case "random" -> new Policy.Random();
      case "min" -> new Policy.Min();
      case "min_avg10" -> new Policy.MinAvg10();
      case "min_moving_avg" -> new Policy.MinMovingAvg();
      case "hash" -> new Policy.Hash(Policy.By.CLIENT);
      case "weighted" -> new Policy.Weighted();
      case "hedge" -> new Policy.Hedge();
      case "fixed" ->
          throw new BadValue(
              literal.place(), "`fixed` of which node?", "write fixed(0) for the first");
      default -> throw unknownPolicy(literal.place(), literal.text());
    };
  }

  private static Policy calledPolicy(Expression expression) throws BadValue {
    Call call = expression.calls().getFirst();
    if (expression.calls().size() > 1 || call.negated()) {
      throw new BadValue(
          call.place(), "a policy is no condition", "known are " + String.join(", ", POLICIES));
    }
    return switch (call.function()) {
      case "fixed" -> fixed(call);
      case "hash" -> hash(call);
      default -> {
        if (POLICIES.contains(call.function())) {
          throw new BadValue(
              call.place(),
              "`" + call.function() + "` takes no parameters",
              "remove the parentheses");
        }
        throw unknownPolicy(call.place(), call.function());
      }
    };
  }

  private static Policy fixed(Call call) throws BadValue {
    if (call.arguments().size() != 1 || !call.arguments().getFirst().key().isEmpty()) {
      throw new BadValue(
          call.place(), "`fixed` takes one number", "write fixed(0) for the first node");
    }
    Literal index = call.arguments().getFirst().value();
    return new Policy.Fixed(
        (int) Quantities.wholeNumber(index, 0, Integer.MAX_VALUE, "a number from 0"));
  }

  private static Policy hash(Call call) throws BadValue {
    String by = "";
    if (call.arguments().size() == 1 && call.arguments().getFirst().key().isEmpty()) {
      by = call.arguments().getFirst().value().text();
    }
    return switch (by) {
      case "client" -> new Policy.Hash(Policy.By.CLIENT);
      case "domain" -> new Policy.Hash(Policy.By.DOMAIN);
      default ->
          throw new BadValue(
              call.place(),
              "`hash` is of a client or of a domain",
              "write hash(client) or hash(domain)");
    };
  }

  private static BadValue unknownPolicy(Place place, String name) {
    return new BadValue(
        place,
        "unknown policy `" + Text.shortened(name) + "`",
        Suggestions.forName(name, POLICIES));
  }
}
