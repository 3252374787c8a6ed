package dev.gander.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How to start another gander: as this one was started. */
final class Launcher {

  private static final String MAIN = "dev.gander.cli.Main";

  private final List<String> command;
  private final String shown;

  private Launcher(List<String> command, String shown) {
    this.command = command;
    this.shown = shown;
  }

  /** By the launcher script where there is one, else with this JVM's own class path. */
  static Launcher find(Map<String, String> environment) {
    String script = environment.getOrDefault("GANDER_LAUNCHER", "");
    if (!script.isEmpty()) {
      return new Launcher(List.of(script), script);
    }
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(MAIN);
    return new Launcher(command, "gander");
  }

  /** The command and its arguments. */
  List<String> command(String... arguments) {
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of(arguments));
    return all;
  }

  /** What a person would type for it. */
  String shown() {
    return shown;
  }
}
