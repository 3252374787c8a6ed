package dev.gander.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** The commands as picocli knows them. */
final class CommandTree {

  private CommandTree() {}

  /** Runs one command; its exit status. */
  static int run(String[] args, PrintWriter out, PrintWriter err, Map<String, String> environment) {
    CommandLine commands = commandLine(args, environment);
    commands.setOut(out).setErr(err);
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setUsageHelpWidth(100);
    commands.setColorScheme(
        CommandLine.Help.defaultColorScheme(Terminal.colours(environment) ? Ansi.ON : Ansi.OFF));
    commands.setParameterExceptionHandler((failure, words) -> wrongUsage(failure));
    commands.setExecutionExceptionHandler((failure, where, parsed) -> Main.failed(failure, err));
    boolean alone = commands.getSubcommands().isEmpty();
    String[] rest = alone ? Arrays.copyOfRange(args, 1, args.length) : args;
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

  private static int wrongUsage(CommandLine.ParameterException failure) {
    CommandLine command = failure.getCommandLine();
    command.getErr().println("gander: " + failure.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(failure, command.getErr());
    command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitStatus.WRONG_USAGE;
  }
}
