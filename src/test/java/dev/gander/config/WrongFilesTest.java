package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Each file under {@code wrong} and {@code warn} begins with what must be told of it, and nothing
 * else: {@code #! LINE:COLUMN: error: the beginning of the message}.
 */
class WrongFilesTest {

  private static final Path FILES = Path.of("src/test/resources/config");
  private static final String EXPECTED = "#! ";

  @TestFactory
  Stream<DynamicTest> aWrongFileIsRefusedWithEachMistakeAtItsPlace() throws IOException {
    return files("wrong");
  }

  @TestFactory
  Stream<DynamicTest> aDoubtfulFileLoadsWithAWarningAtItsPlace() throws IOException {
    return files("warn");
  }

  private static Stream<DynamicTest> files(String folder) throws IOException {
    try (Stream<Path> files = Files.list(FILES.resolve(folder))) {
      return files.sorted().toList().stream()
          .map(file ->
              DynamicTest.dynamicTest(
                  file.getFileName().toString(), () -> check(file, folder.equals("wrong"))));
    }
  }

  private static void check(Path file, boolean refused) throws IOException {
    String text = Files.readString(file);
    List<String> expected =
        text.lines()
            .filter(line -> line.startsWith(EXPECTED))
            .map(line -> "x.dae:" + line.substring(EXPECTED.length()))
            .toList();
    List<String> told = new ArrayList<>();
    boolean threw = false;
    try {
      ConfigFile.parse(text, "x.dae").warnings().forEach(warning -> told.add(warning.toString()));
    } catch (ConfigException e) {
      threw = true;
      e.diagnostics().forEach(diagnostic -> told.add(diagnostic.toString()));
    }
    assertThat(expected).isNotEmpty();
    assertThat(told).as("what is told of " + file).hasSameSizeAs(expected);
    for (int i = 0; i < told.size(); i++) {
      assertThat(told.get(i)).startsWith(place(expected.get(i)));
      assertThat(told.get(i)).contains(message(expected.get(i)));
    }
    assertThat(threw).as("refused").isEqualTo(refused);
  }

  /** {@code x.dae:3:5: error: }. */
  private static String place(String expected) {
    return expected.substring(0, expected.indexOf(": ", expected.indexOf(": ") + 2) + 2);
  }

  private static String message(String expected) {
    return expected.substring(place(expected).length());
  }
}
