package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.config.ConfigException;
import dev.gander.daemon.Daemon;
import dev.gander.daemon.Failures;
import dev.gander.daemon.RunOptions;
import dev.gander.daemon.StartException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Where the process begins. Knows nothing of picocli, whose classes are of a version that the AOT
 * cache cannot hold: 150 ms of every start that touches them. So {@code run} has a parser of its
 * own for command lines without a mistake, and {@link CommandTree} does all else.
 */
public final class Main {

  private Main() {}

  /** Runs one command and ends the process with its exit status. */
  public static void main(String[] args) {
    PrintWriter err = writer(System.err);
    int status = ExitStatus.MACHINE;
    try {
      status = run(args, writer(System.out), err, System.getenv());
    } catch (OutOfMemoryError e) {
      err.println("gander: " + Failures.outOfMemory());
    }
    System.exit(status);
  }

  private static PrintWriter writer(OutputStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  /** As {@link #main}, for tests: to these writers, and back with the exit status. */
  static int run(String[] args, PrintWriter out, PrintWriter err, Map<String, String> environment) {
    if (args.length > 0 && args[0].equals("run")) {
      Optional<RunOptions> options =
          RunArguments.parse(Arrays.asList(args).subList(1, args.length), environment);
      if (options.isPresent()) {
        return serve(options.get(), err);
      }
    }
    return CommandTree.run(args, out, err, environment);
  }

  private static int serve(RunOptions options, PrintWriter err) {
    try {
      new Daemon(options, Clock.system()).run();
      return ExitStatus.OK;
    } catch (ConfigException | StartException | RuntimeException e) {
      return failed(e, err);
    }
  }

  /** Tells why a command failed; its exit status. */
  static int failed(Exception failure, PrintWriter err) {
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
