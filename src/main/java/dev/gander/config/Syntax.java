package dev.gander.config;

import java.util.List;

/** What a file says, before anything is known about what it means. */
final class Syntax {

  private Syntax() {}

  /** What may stand between the braces of a section. */
  sealed interface Entry {
    Place place();
  }

  /** {@code NAME { … }}. */
  record Section(String name, List<Entry> entries, Place place) implements Entry {}

  /**
   * {@code key: value, value [annotation]}.
   *
   * @param place of the key
   * @param values at least one
   */
  record KeyValue(String key, List<Value> values, List<Argument> annotation, Place place)
      implements Entry {}

  /** A word or string on its own: a link, a file to include. */
  record Item(Literal literal) implements Entry {
    @Override
    public Place place() {
      return literal.place();
    }
  }

  /** {@code call && call -> outbound(parameters)}. */
  record RuleLine(List<Call> calls, Target target, Place place) implements Entry {}

  /** What follows the arrow of a rule. */
  record Target(String name, List<Argument> arguments, Place place) {}

  sealed interface Value {
    Place place();
  }

  record Literal(String text, boolean quoted, Place place) implements Value {}

  /** {@code call && !call}, as in {@code filter:} and {@code policy: fixed(0)}. */
  record Expression(List<Call> calls) implements Value {
    @Override
    public Place place() {
      return calls.getFirst().place();
    }
  }

  /**
   * {@code [!]function(argument, …)}.
   *
   * @param broken some argument could not be read, which has been told
   */
  record Call(
      boolean negated, String function, List<Argument> arguments, boolean broken, Place place) {}

  /**
   * {@code [key:] value} between parentheses or brackets.
   *
   * @param key empty where none was written
   * @param place of the key, or of the value where there is no key
   */
  record Argument(String key, Literal value, Place place) {}
}
