package dev.gander.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** Runs commands in this process and keeps what they wrote. */
final class Commands {

  record Result(int status, String out, String err) {}

  private Commands() {}

  static Result run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Main.run(words, new PrintWriter(out), new PrintWriter(err), Map.of());
    return new Result(status, out.toString(), err.toString());
  }
}
