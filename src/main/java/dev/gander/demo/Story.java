package dev.gander.demo;

import java.io.PrintWriter;

/** Tells the demo: numbered steps, commands with their output, and claims that hold or do not. */
final class Story {

  private static final String BOLD = "\033[1m";
  private static final String DIM = "\033[2m";
  private static final String GREEN = "\033[32m";
  private static final String RED = "\033[31m";
  private static final String CYAN = "\033[36m";
  private static final String PLAIN = "\033[0m";

  private final PrintWriter out;
  private final boolean colours;
  private final String prompt;
  private int steps;
  private int held;
  private int broken;

  Story(PrintWriter out, boolean colours, boolean root) {
    this.prompt = root ? "# " : "$ ";
    this.out = out;
    this.colours = colours;
  }

  private String paint(String colour, String text) {
    return colours ? colour + text + PLAIN : text;
  }

  void title(String text) {
    out.println(paint(BOLD, text));
  }

  void blankLine() {
    out.println();
  }

  void say(String text) {
    text.lines().forEach(line -> out.println(line.isEmpty() ? "" : "  " + line));
    out.flush();
  }

  void step(String text) {
    steps++;
    out.println();
    out.println(paint(BOLD, steps + ". " + text));
    out.flush();
  }

  void command(String line) {
    out.println("   " + paint(CYAN, prompt + line));
    out.flush();
  }

  /** What a command wrote, without its empty lines. */
  void output(String text) {
    text.lines()
        .filter(line -> !line.isBlank())
        .forEach(line -> out.println(paint(DIM, "   │ ") + line.stripTrailing()));
    out.flush();
  }

  /** Shows {@code line} as typed, runs it, shows what it wrote. */
  Tool.Result run(String line) {
    command(line);
    Tool.Result result = Tool.sh(line);
    output(result.output());
    return result;
  }

  void check(boolean holds, String claim) {
    if (holds) {
      held++;
      out.println("   " + paint(GREEN, "✓ " + claim));
    } else {
      broken++;
      out.println("   " + paint(RED, "✗ does not hold: " + claim));
    }
    out.flush();
  }

  int held() {
    return held;
  }

  int broken() {
    return broken;
  }
}
