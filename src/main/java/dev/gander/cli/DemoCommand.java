package dev.gander.cli;

import dev.gander.clock.Clock;
import dev.gander.daemon.RuntimeFiles;
import dev.gander.daemon.StartException;
import dev.gander.demo.Demo;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gander demo}. */
@Command(
    name = "demo",
    header = "Show the whole journey on real packets, in a lab of its own.",
    descriptionHeading = "%n",
    description = {
      "As root: makes a client, a router and an internet as network namespaces, runs this very"
          + " gander in the router and a real unbound in the internet, and shows each step with"
          + " its command, its output, and a check of what it claims. Needs no network, touches"
          + " nothing outside its namespaces, removes them at the end, and also what a killed"
          + " demo left. Takes well under a minute.",
      "",
      "As anyone else: the half that needs no rights, on loopback, and says what it leaves out."
    },
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  gander demo",
      "  gander demo --pause       look around in the lab, from another terminal, before it goes",
      "",
      "Exit status: 0 every claim held; 1 one did not; 2 wrong usage; 3 the machine lacks something."
    })
final class DemoCommand extends GanderCommand {

  private final Map<String, String> environment;

  @Option(
      names = "--pause",
      description = "Before the daemon is killed, wait for Enter: the lab is yours until then.")
  private boolean pause;

  DemoCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws StartException {
    PrintWriter out = out();
    Demo demo =
        new Demo(
            out,
            Terminal.colours(environment),
            RuntimeFiles.uid() == 0,
            Clock.system(),
            environment);
    boolean held = demo.tell(pause ? () -> waitForEnter(out) : () -> {});
    return held ? ExitStatus.OK : ExitStatus.WRONG_INPUT;
  }

  private static void waitForEnter(PrintWriter out) {
    out.println();
    out.println("   The lab stays up until you press Enter.");
    out.flush();
    try {
      while (true) {
        int c = System.in.read();
        if (c < 0 || c == '\n') {
          return;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read standard input", e);
    }
  }
}
