package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.config.Functions.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Holds docs/CONFIGURATION.md against the tables of keys. */
class ConfigurationPageTest {

  private final String page = read();

  @Test
  void eachKeyHasARowWithItsDefaultAndItsEffect() {
    List<Key<?>> keys = new ArrayList<>(GlobalKeys.ALL.values());
    keys.addAll(DnsKeys.ALL.values());
    for (Key<?> key : keys) {
      List<String> cells = row(key.name());
      assertThat(cells).as("row of " + key.name()).hasSize(6);
      assertThat(cells.get(3))
          .as("default of " + key.name())
          .isEqualTo(key.defaultText().isEmpty() ? "—" : "`" + key.defaultText() + "`");
      assertThat(cells.get(4))
          .as("effect of " + key.name())
          .isEqualTo(
              switch (key.effect()) {
                case NOW -> "yes";
                case LATER -> "not yet";
                case NEVER -> "no";
              });
    }
  }

  @Test
  void everySectionFunctionAndGroupKeyIsNamed() {
    List<String> names = new ArrayList<>(Parser.TOP_LEVEL);
    names.addAll(DnsReader.SECTIONS);
    for (Kind kind : Kind.values()) {
      names.addAll(kind.functions().keySet());
    }
    names.addAll(GroupKeys.OVERRIDES.keySet());
    names.addAll(List.of(GroupKeys.FILTER, GroupKeys.POLICY));
    for (String name : names) {
      assertThat(page).containsPattern("\\b" + name + "\\b");
    }
  }

  /** The cells of the row whose first is the key; the empty one before it included. */
  private List<String> row(String key) {
    return page.lines()
        .filter(line -> line.startsWith("| `" + key + "` | "))
        .findFirst()
        .map(line -> Arrays.stream(line.split("\\|", -1)).map(String::strip).toList())
        .map(cells -> cells.subList(0, cells.size() - 1))
        .orElse(List.of());
  }

  private static String read() {
    try {
      return Files.readString(Path.of("docs/CONFIGURATION.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
