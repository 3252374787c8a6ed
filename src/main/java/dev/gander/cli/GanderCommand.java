package dev.gander.cli;

import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command has: its page, and where to write. */
abstract class GanderCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  @SuppressWarnings("unused") // picocli reads it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this page.")
  private boolean help;

  final CommandLine commandLine() {
    return Objects.requireNonNull(spec).commandLine();
  }

  final PrintWriter out() {
    return commandLine().getOut();
  }

  final PrintWriter err() {
    return commandLine().getErr();
  }

  /** To throw where the command line asks for something that cannot be: exit status 2. */
  final ParameterException usage(String message) {
    return new ParameterException(commandLine(), message);
  }
}
