package dev.gander.cli;

import dev.gander.config.ConfigException;
import dev.gander.daemon.Failures;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** Where the process begins. */
public final class Main {

  private Main() {}

  /** Runs one command and ends the process with its exit status. */
  public static void main(String[] args) {
    PrintWriter out = writer(System.out);
    PrintWriter err = writer(System.err);
    System.exit(run(args, out, err, System.getenv()));
  }

  private static PrintWriter writer(java.io.OutputStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  /** As {@link #main}, for tests: to these writers, and back with the exit status. */
  static int run(String[] args, PrintWriter out, PrintWriter err, Map<String, String> environment) {
    CommandLine commands = commandLine(args, environment);
    commands.setOut(out).setErr(err);
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setUsageHelpWidth(100);
    commands.setColorScheme(
        CommandLine.Help.defaultColorScheme(Terminal.colours(environment) ? Ansi.ON : Ansi.OFF));
    commands.setParameterExceptionHandler(Main::wrongUsage);
    commands.setExecutionExceptionHandler((failure, where, parsed) -> failed(failure, err));
    boolean alone = commands.getSubcommands().isEmpty();
    String[] rest = alone ? java.util.Arrays.copyOfRange(args, 1, args.length) : args;
    int status = commands.execute(rest);
    out.flush();
    err.flush();
    return status;
  }

  /**
   * The command that the first word names, alone: picocli reads annotations by reflection, and the
   * daemon should not wait for those of ten commands. Anything else gets the whole tree.
   */
  private static CommandLine commandLine(String[] args, Map<String, String> environment) {
    Map<String, Supplier<Callable<Integer>>> commands = Gander.commands(environment);
    Supplier<Callable<Integer>> named = args.length == 0 ? null : commands.get(args[0]);
    if (named != null) {
      CommandLine command = new CommandLine(named.get());
      return command.setCommandName("gander " + args[0]);
    }
    CommandLine all = new CommandLine(new Gander());
    commands.forEach((name, make) -> all.addSubcommand(name, make.get()));
    return all;
  }

  private static int wrongUsage(CommandLine.ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    command.getErr().println("gander: " + failure.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(failure, command.getErr());
    command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitStatus.WRONG_USAGE;
  }

  private static int failed(Exception failure, PrintWriter err) {
    switch (failure) {
      case ConfigException e -> {
        e.diagnostics().forEach(err::println);
        return ExitStatus.WRONG_INPUT;
      }
      case StartException e -> err.println("gander: " + e.getMessage());
      case IOException e -> err.println("gander: " + Failures.reason(e));
      default -> {
        err.println("gander: this should not have happened; please report it:");
        failure.printStackTrace(err);
      }
    }
    return ExitStatus.MACHINE;
  }
}
