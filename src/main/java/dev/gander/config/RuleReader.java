package dev.gander.config;

import dev.gander.config.Functions.Function;
import dev.gander.config.Functions.Kind;
import dev.gander.config.Rule.Outbound;
import dev.gander.config.Rule.Term;
import dev.gander.config.Settings.GeoReference;
import dev.gander.config.Syntax.Argument;
import dev.gander.config.Syntax.Call;
import dev.gander.config.Syntax.Entry;
import dev.gander.config.Syntax.Expression;
import dev.gander.config.Syntax.KeyValue;
import dev.gander.config.Syntax.Literal;
import dev.gander.config.Syntax.RuleLine;
import dev.gander.config.Syntax.Target;
import dev.gander.config.Syntax.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** Reads the rules and the fallback of one rule section. */
final class RuleReader {

  /** What a rule section says. */
  record Rules(List<Rule> rules, Outbound fallback) {}

  private static final String FALLBACK = "fallback";
  private static final String MUST = "must_";
  private static final String MUST_RULES = "must_rules";
  private static final Set<String> MARKLESS = Set.of("block", MUST_RULES);

  /** What `routing` may hold: the kernel's tables are made for this much. */
  private static final int MAX_RULES = 10_000;

  /** {@code direct} and {@code block} among them. */
  private static final int MAX_OUTBOUNDS = 250;

  private final Kind kind;
  private final SectionReader reader;
  private final Problems problems;
  private final Parameters parameters;
  private final Set<String> outbounds;
  private final Set<String> named;

  /**
   * @param outbounds every name a rule may end in
   * @param named those of them that the file defines: groups, or upstreams and their groups
   * @param geodata takes note of each file and tag that a rule needs
   */
  RuleReader(
      Kind kind,
      SectionReader reader,
      Set<String> outbounds,
      Set<String> named,
      Collection<GeoReference> geodata) {
    this.kind = kind;
    this.reader = reader;
    this.problems = reader.problems();
    this.parameters = new Parameters(problems, named, geodata);
    this.outbounds = outbounds;
    this.named = named;
  }

  /**
   * @param defaultFallback where no fallback is written
   */
  Rules read(List<Entry> entries, String defaultFallback) {
    List<Rule> rules = new ArrayList<>();
    Outbound fallback = new Outbound(defaultFallback, false, OptionalLong.empty(), Place.BUILT_IN);
    boolean seen = false;
    for (Entry entry : entries) {
      switch (entry) {
        case RuleLine line -> rules.add(rule(line));
        case KeyValue pair when pair.key().equals(FALLBACK) -> {
          reader.refuseAnnotation(pair);
          if (seen) {
            reader.tellTwice(FALLBACK, pair.place(), fallback.place());
          }
          seen = true;
          fallback = fallback(pair, fallback);
        }
        case KeyValue pair ->
            reader.tellUnknown("key", pair.key(), kind.section(), pair.place(), List.of(FALLBACK));
        default -> tellMisplaced(entry);
      }
    }
    if (kind == Kind.ROUTING) {
      checkBounds(rules);
    }
    return new Rules(List.copyOf(rules), fallback);
  }

  private void checkBounds(List<Rule> rules) {
    if (rules.size() > MAX_RULES) {
      problems.error(
          rules.get(MAX_RULES).place(),
          "more than " + MAX_RULES + " rules in `routing`",
          "join rules of one outbound: the values of a function may be a list");
    }
    Set<String> used = new HashSet<>(Set.of("direct", "block"));
    for (Rule rule : rules) {
      String name = rule.outbound().name();
      if (outbounds.contains(name) && used.add(name) && used.size() == MAX_OUTBOUNDS + 1) {
        problems.error(
            rule.outbound().place(),
            "more than " + MAX_OUTBOUNDS + " outbounds in `routing`",
            "use fewer groups");
      }
    }
  }

  private void tellMisplaced(Entry entry) {
    if (entry instanceof Syntax.Item item) {
      problems.error(
          item.place(),
          "`" + Text.shortened(item.literal().text()) + "` is no rule",
          "a rule is `FUNCTION(value) -> OUTBOUND`");
    } else {
      reader.tellMisplaced(kind.section(), entry);
    }
  }

  private Rule rule(RuleLine line) {
    List<Term> terms = new ArrayList<>(line.calls().size());
    int selectors = 0;
    for (Call call : line.calls()) {
      Function function = kind.functions().get(call.function());
      if (function == null) {
        problems.error(
            call.place(),
            "unknown function `"
                + Text.shortened(call.function())
                + "` in `"
                + kind.section()
                + "`",
            Functions.remedy(call.function(), kind));
        continue;
      }
      selectors += function.isSelector() ? 1 : 0;
      terms.add(
          new Term(call.negated(), function.name(), parameters.read(function, call), call.place()));
    }
    if (selectors > 0) {
      checkSelectors(line, selectors);
    }
    return new Rule(List.copyOf(terms), outbound(line.target()), line.place());
  }

  private void checkSelectors(RuleLine line, int selectors) {
    if (selectors < line.calls().size() || selectors > 1) {
      problems.error(
          line.place(),
          "`sub`, `node` and `subnode` stand alone in a rule",
          "they are for gander's own look-ups; write two rules");
    }
    String target = line.target().name();
    if (Upstreams.RESERVED.contains(target)) {
      problems.error(
          line.target().place(),
          "gander's own look-ups cannot go to `" + target + "`",
          "name an upstream");
    }
  }

  private Outbound fallback(KeyValue pair, Outbound before) {
    if (pair.values().size() > 1) {
      problems.error(pair.values().get(1).place(), "more than one fallback", "write one");
    }
    Value value = pair.values().getFirst();
    Target target =
        switch (value) {
          case Literal literal -> new Target(literal.text(), List.of(), literal.place());
          case Expression expression -> {
            Call call = expression.calls().getFirst();
            yield new Target(call.function(), call.arguments(), call.place());
          }
        };
    if (value instanceof Expression expression
        && (expression.calls().size() > 1 || expression.calls().getFirst().negated())) {
      problems.error(value.place(), "a fallback is no condition", "write `fallback: NAME`");
      return before;
    }
    if (target.name().equals(MUST_RULES)) {
      problems.error(
          target.place(),
          "`must_rules` cannot be the fallback: it means to go on with the rules",
          "write direct, must_direct or a group");
      return before;
    }
    return outbound(target);
  }

  private Outbound outbound(Target target) {
    String name = target.name();
    boolean must = false;
    if (kind == Kind.ROUTING
        && name.startsWith(MUST)
        && !name.equals(MUST_RULES)
        && !outbounds.contains(name)) {
      must = true;
      name = name.substring(MUST.length());
    }
    if (!outbounds.contains(name)) {
      tellUnknown(target, name);
    }
    OptionalLong mark = OptionalLong.empty();
    for (Argument argument : target.arguments()) {
      try {
        if (argument.key().isEmpty() && argument.value().text().equals("must")) {
          must = true;
        } else if (argument.key().equals("mark")) {
          mark = OptionalLong.of(Readers.mark(argument.value(), problems));
        } else {
          tellUnknownParameter(argument);
        }
      } catch (BadValue bad) {
        problems.error(bad);
      }
    }
    if (kind != Kind.ROUTING && !target.arguments().isEmpty()) {
      problems.error(
          target.arguments().getFirst().place(),
          "an outbound of `" + kind.section() + "` takes no parameters",
          "write `-> " + Text.shortened(target.name()) + "`");
    }
    if (kind == Kind.ROUTING && mark.isPresent() && MARKLESS.contains(name)) {
      problems.warning(
          target.place(),
          "a mark has no meaning with `" + name + "`",
          "remove it, or write direct(mark: 0x800)");
    }
    return new Outbound(name, must, mark, target.place());
  }

  private void tellUnknownParameter(Argument argument) {
    if (kind == Kind.ROUTING) {
      String written = argument.key().isEmpty() ? argument.value().text() : argument.key();
      problems.error(
          argument.place(),
          "unknown outbound parameter `" + Text.shortened(written) + "`",
          "write (must), (mark: 0x800) or both");
    }
  }

  private void tellUnknown(Target target, String name) {
    String shown = Text.shortened(name);
    if (kind == Kind.ROUTING) {
      problems.error(
          target.place(),
          "no group is called `" + shown + "`",
          () -> Suggestions.forName(name, outbounds));
    } else if (Upstreams.RESERVED.contains(name)) {
      String instead = name.equals("accept") ? "asis" : "accept";
      problems.error(
          target.place(),
          "`" + name + "` has no meaning in `" + kind.section() + "`",
          "write " + instead + ", reject or the name of an upstream");
    } else {
      problems.error(
          target.place(),
          "no upstream is called `" + shown + "`",
          () ->
              named.isEmpty()
                  ? "define it in `dns.upstream`"
                  : Suggestions.forName(name, outbounds));
    }
  }
}
