package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever the text, the outcome is settings or a {@link ConfigException} that tells a place. */
class ConfigFuzzTest {

  private static final Path FILES = Path.of("src/test/resources/config");
  private static final long SEED = 20261124;
  private static final int ROUNDS = 1500;

  private static final String[] PIECES = {
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    ",",
    "->",
    "&&",
    "!",
    "'",
    "\"",
    "#",
    "/*",
    "*/",
    "\n",
    "\\",
    " ",
    "::",
    "global",
    "routing",
    "dns",
    "fallback",
    "1",
    "-",
    "0x",
    "s",
    "\u00a0",
    "：",
    "“",
    "\u0000",
    "\ud83d",
    "é",
    "domain(",
    "upstream {",
    "udp://",
    "geosite:",
    "must_",
    "mark:"
  };

  @FuzzTest(maxDuration = "5m")
  void anyTextIsReadOrRefused(byte[] bytes) {
    check(new String(bytes, StandardCharsets.UTF_8));
  }

  @Test
  @Timeout(120)
  void anyFileWithAFewChangesIsReadOrRefused() throws IOException {
    List<String> files = files();
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      StringBuilder text = new StringBuilder(files.get(random.nextInt(files.size())));
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        change(text, random, files);
      }
      check(text.toString());
    }
  }

  private static void change(StringBuilder text, Random random, List<String> files) {
    int at = random.nextInt(text.length() + 1);
    int end = Math.min(text.length(), at + 1 + random.nextInt(8));
    switch (random.nextInt(5)) {
      case 0 -> text.delete(at, end);
      case 1 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
      case 2 -> text.insert(random.nextInt(text.length() + 1), text.substring(at, end));
      case 3 -> text.setLength(at);
      default -> {
        String other = files.get(random.nextInt(files.size()));
        int from = random.nextInt(other.length());
        text.insert(at, other, from, Math.min(other.length(), from + 40));
      }
    }
  }

  private static void check(String text) {
    try {
      assertThat(ConfigFile.parse(text, "x").settings()).isNotNull();
    } catch (ConfigException e) {
      assertThat(e.diagnostics()).anyMatch(Diagnostic::isError);
      for (Diagnostic told : e.diagnostics()) {
        assertThat(told.message()).isNotBlank();
        assertThat(told.toString()).doesNotContain("\n").doesNotContain("null");
        assertThat(told.place().line()).isPositive();
        assertThat(told.place().column()).isPositive();
      }
    }
  }

  private static List<String> files() throws IOException {
    List<String> texts = new ArrayList<>();
    try (Stream<Path> files = Files.walk(FILES)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        texts.add(Files.readString(file));
      }
    }
    return texts;
  }
}
