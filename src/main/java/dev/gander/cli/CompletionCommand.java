package dev.gander.cli;

import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code gander completion}. */
@Command(
    name = "completion",
    header = "Print a script that teaches bash or zsh to complete gander's commands.",
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(gander completion)",
      "  gander completion bash > /usr/share/bash-completion/completions/gander",
      "",
      "Exit status: 0 ok; 2 wrong usage."
    })
final class CompletionCommand extends GanderCommand {

  /** One script serves both: zsh is told to read it as bash does. */
  enum Shell {
    BASH,
    ZSH
  }

  @SuppressWarnings("unused") // to refuse other shells
  @Parameters(
      arity = "0..1",
      paramLabel = "SHELL",
      defaultValue = "BASH",
      description = "bash or zsh; the script is the same.")
  private Shell shell = Shell.BASH;

  @Override
  public Integer call() {
    CommandLine all = new CommandLine(new Gander());
    Gander.commands(Map.of()).forEach((name, make) -> all.addSubcommand(name, make.get()));
    out().println(AutoComplete.bash("gander", all));
    return ExitStatus.OK;
  }
}
