package dev.gander.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every story in src/test/resources/scenarios holds. How to write one: docs/TESTING.md. */
class ScenarioTest {

  private static final Path STORIES = Path.of("src/test/resources/scenarios");

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> stories() throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.walk(STORIES)) {
      files = found.filter(file -> file.toString().endsWith(".story")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(60);
    return files.stream().map(this::test);
  }

  private DynamicTest test(Path file) {
    String name = STORIES.relativize(file).toString();
    try {
      List<String> lines = Files.readAllLines(file);
      assertThat(lines.getFirst()).as(name).startsWith("title ");
      return DynamicTest.dynamicTest(
          lines.getFirst().substring(6) + " (" + name + ")", file.toUri(), () -> tell(name, lines));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void tell(String name, List<String> lines) throws IOException, InterruptedException {
    Path own = Files.createTempDirectory(folder, "story");
    try (Story story = new Story(name, lines, own)) {
      story.tell();
    }
  }

  @Test
  void aWrongLineIsNamedByFileAndNumber() {
    assertThatThrownBy(() -> tell("a.story", List.of("title x", "", "quad9 sings")))
        .hasMessage("a.story:3: not a line of a story: `quad9 sings`");
    assertThatThrownBy(() -> tell("a.story", List.of("server q at 9.9.9.9", "q answers * A 1")))
        .hasMessageStartingWith("a.story:2: no `: ` between");
  }

  @Test
  void anExpectationThatDoesNotHoldShowsTheAnswer() {
    List<String> story =
        List.of(
            "title x",
            "config",
            "dns { upstream { q: 'udp://9.9.9.9:53' } routing { request { fallback: q } } }",
            "end",
            "server q at 9.9.9.9",
            "q answers * A: @ 300 A 192.0.2.1",
            "client 10.0.0.2 asks www.example.com A",
            "expect NOERROR, 192.0.2.2");
    assertThatThrownBy(() -> tell("a.story", story))
        .hasMessageStartingWith("a.story:8: other addresses than [192.0.2.2]")
        .hasMessageContaining("192.0.2.1");
  }
}
