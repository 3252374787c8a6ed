package dev.gander.group;

import dev.gander.config.Group.Filter;
import dev.gander.config.Rule.Parameter;
import dev.gander.config.Rule.Term;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/** One {@code filter:} line, ready to be asked. */
final class NodeFilter {

  /** Steps a regular expression may take for one name: a guard against exponential ones. */
  private static final int STEPS = 100_000;

  private final Filter filter;
  private final Map<Parameter, Pattern> regexes = new HashMap<>();

  NodeFilter(Filter filter) {
    this.filter = filter;
    for (Term term : filter.terms()) {
      for (Parameter parameter : term.parameters()) {
        if (parameter.key().equals("regex")) {
          regexes.put(parameter, Pattern.compile(parameter.value()));
        }
      }
    }
  }

  long addedNanos() {
    return filter.addedLatency().toNanos();
  }

  int weight() {
    return filter.weight();
  }

  boolean takes(Node node) {
    return filter.terms().stream().allMatch(term -> holds(term, node));
  }

  private boolean holds(Term term, Node node) {
    String text = term.function().equals("subtag") ? node.tag() : node.name();
    return term.parameters().stream().anyMatch(it -> matches(it, text)) != term.negated();
  }

  private boolean matches(Parameter parameter, String text) {
    return switch (parameter.key()) {
      case "keyword" -> text.contains(parameter.value());
      case "regex" -> finds(Objects.requireNonNull(regexes.get(parameter)), text);
      default -> text.equals(parameter.value());
    };
  }

  private static boolean finds(Pattern regex, String text) {
    try {
      return regex.matcher(new CountedText(text, new Steps())).find();
    } catch (TooManySteps e) {
      return false;
    }
  }

  private static final class TooManySteps extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooManySteps() {
      super("too many steps", null, false, false);
    }
  }

  private static final class Steps {
    private int taken;
  }

  /** Text that a regular expression may look at only so often. */
  private record CountedText(CharSequence text, Steps steps) implements CharSequence {

    @Override
    public char charAt(int index) {
      if (++steps.taken > STEPS) {
        throw new TooManySteps();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new CountedText(text.subSequence(start, end), steps);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
