package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceFilesTest {

  private static final String SOUND = "global { }\nrouting { }\n";

  @TempDir Path folder;

  @Test
  void aFileOnlyItsOwnerCanReadGivesNoWarning() throws Exception {
    assertThat(ConfigFile.load(write("a.dae", SOUND, "rw-------")).warnings()).isEmpty();
    assertThat(ConfigFile.load(write("b.dae", SOUND, "rw-r-----")).warnings()).isEmpty();
  }

  @Test
  void aFileOthersCanReadGivesAWarning() throws Exception {
    Path file = write("a.dae", SOUND, "rw-r--r--");

    assertThat(ConfigFile.load(file).warnings())
        .extracting(Diagnostic::toString)
        .containsExactly(
            file
                + ":1:1: warning: every user can read this file (run `chmod 600 "
                + file
                + "`; dae refuses it)");
  }

  @Test
  void aFileThatAnEditorSavedAsUnicodeGivesOneErrorThatSaysSo() throws Exception {
    for (var charset : List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
      Path file = write("a.dae", "", "rw-------");
      Files.write(file, ("\uFEFF" + SOUND).getBytes(charset));

      assertThatThrownBy(() -> ConfigFile.load(file))
          .isInstanceOf(IOException.class)
          .hasMessage("it is UTF-16 text; save it as UTF-8");
    }
  }

  @Test
  void aFileOthersCanWriteIsRefused() throws Exception {
    for (String mode : List.of("rw-rw----", "rw-r--rw-", "rw-rw-rw-")) {
      Path file = write("a.dae", SOUND, mode);
      assertThat(refused(file))
          .as(mode)
          .containsExactly(
              file
                  + ":1:1: error: others than its owner can write this file (run `chmod 600 "
                  + file
                  + "`)");
    }
  }

  @Test
  void anIncludedFileOthersCanWriteIsRefused() throws Exception {
    write("sub/x.dae", "", "rw-rw-rw-");
    Path entry = entry("include { sub/x.dae }");

    assertThat(refused(entry))
        .singleElement()
        .asString()
        .startsWith(folder.resolve("sub/x.dae") + ":1:1: error: others than its owner");
  }

  @Test
  void anIncludedFileOthersCanReadGivesAWarning() throws Exception {
    write("sub/x.dae", "", "rw-r--r--");

    assertThat(ConfigFile.load(entry("include { sub/x.dae }")).warnings())
        .extracting(Diagnostic::message)
        .containsExactly("every user can read this file");
  }

  @Test
  void mistakesOfIncludedFilesAreToldAtTheirPlaceAfterThoseOfTheEntry() throws Exception {
    write("b.dae", "routing { dport(99999) -> direct }", "rw-------");
    write("a.dae", "global {\n  lgo_level: info\n}", "rw-------");
    Path entry = entry("include { a.dae b.dae }\nrouting { fallback: nowhere }");

    assertThat(refused(entry))
        .extracting(told -> told.replace(folder + "/", "").replaceAll(" \\(.*", ""))
        .containsExactly(
            "entry.dae:4:21: error: no group is called `nowhere`",
            "a.dae:2:3: error: unknown key `lgo_level` in `global`",
            "b.dae:1:17: error: `99999` is no port");
  }

  @Test
  void anIncludeOutsideOfTheFolderIsRefused() throws Exception {
    for (String outside : List.of("../x.dae", "/etc/x.dae", "sub/../../x.dae", "../*.dae", ".")) {
      assertThat(refused(entry("include { " + outside + " }")))
          .as(outside)
          .singleElement()
          .asString()
          .contains(":3:11: error: `" + outside + "` is outside of " + folder);
    }
  }

  @Test
  void anAbsoluteIncludeBelowTheFolderIsTaken() throws Exception {
    Path included = write("sub/x.dae", "routing { dport(1) -> direct }", "rw-------");

    assertThat(ConfigFile.load(entry("include { " + included + " }")).settings().routing().rules())
        .hasSize(1);
  }

  @Test
  void anIncludeWithoutTheSuffixIsRefused() throws Exception {
    write("x.conf", "", "rw-------");

    assertThat(refused(entry("include { x.conf }")))
        .singleElement()
        .asString()
        .contains(":3:11: error: `x.conf` does not end in .dae");
  }

  @Test
  void aMissingIncludeAndAPatternThatMatchesNothingGiveAWarning() throws Exception {
    assertThat(ConfigFile.load(entry("include { gone.dae gone.d/*.dae }")).warnings())
        .extracting(Diagnostic::message)
        .containsExactly(
            "there is no file `gone.dae`",
            "no .dae file matches `" + folder.resolve("gone.d/*.dae") + "`");
  }

  @Test
  void filesThatIncludeEachOtherAreRefused() throws Exception {
    write("a.dae", "include { b.dae }", "rw-------");
    write("b.dae", "include { a.dae }", "rw-------");

    assertThat(refused(entry("include { a.dae }")))
        .singleElement()
        .asString()
        .contains("b.dae:1:11: error: `a.dae` includes itself in the end");
  }

  @Test
  void aPatternThatMatchesTheFileItStandsInLeavesItOut() throws Exception {
    write("a.dae", "include { *.dae }\nrouting { dport(1) -> direct }", "rw-------");

    assertThat(ConfigFile.load(entry("include { *.dae }")).settings().routing().rules()).hasSize(1);
  }

  @Test
  void aFileIncludedTwiceCountsOnce() throws Exception {
    write("a.dae", "routing { dport(1) -> direct }", "rw-------");

    assertThat(ConfigFile.load(entry("include { a.dae *.dae a.dae }")).settings().routing().rules())
        .hasSize(1);
  }

  @Test
  void aFolderCalledLikeAFileIsRefused() throws Exception {
    Files.createDirectory(folder.resolve("d.dae"));

    assertThat(refused(entry("include { d.dae }")))
        .singleElement()
        .asString()
        .contains(":3:11: error: cannot read `" + folder.resolve("d.dae") + "`: it is a directory");
  }

  @Test
  void anIncludeHoldsFileNamesOnly() throws Exception {
    assertThat(refused(entry("include { file: 'a.dae' }")))
        .singleElement()
        .asString()
        .contains(":3:11: error: `include` holds file names only");
  }

  @Test
  void bytesThatAreNoUtf8AreToldWhereTheyMatter() throws Exception {
    Path file = folder.resolve("latin.dae");
    Files.write(
        file,
        "# caf\u00e9\nglobal { query_log: 'caf\u00e9' }\nrouting { }"
            .getBytes(StandardCharsets.ISO_8859_1));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

    assertThat(refused(file))
        .containsExactly(file + ":2:25: error: this is not UTF-8 text (save the file as UTF-8)");
  }

  @Test
  void aMissingEntryFileIsAnIoException() {
    assertThatThrownBy(() -> ConfigFile.load(folder.resolve("gone.dae")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> ConfigFile.load(folder)).isInstanceOf(IOException.class);
  }

  @Test
  void aTextThatStandsInNoFileIncludesNothing() {
    ConfigException refused =
        catchThrowableOfType(
            ConfigException.class, () -> ConfigFile.parse("include { a.dae }\n" + SOUND, "x"));
    assertThat(refused.diagnostics()).hasSize(1);
  }

  @Test
  void missingRequiredSectionsAreTold() throws Exception {
    Path file = write("x.dae", "# nothing\n", "rw-------");

    assertThat(refused(file))
        .extracting(told -> told.replaceAll(" \\(.*", ""))
        .containsExactly(
            file + ":1:1: error: section `global` is missing",
            file + ":1:1: error: section `routing` is missing");
  }

  @Test
  void patternsMatchAsInTheShell() {
    assertThat(Glob.matches("*.dae", "a.dae")).isTrue();
    assertThat(Glob.matches("*.dae", "a.daex")).isFalse();
    assertThat(Glob.matches("a?c", "abc")).isTrue();
    assertThat(Glob.matches("a?c", "ac")).isFalse();
    assertThat(Glob.matches("[a-c]x[!0-9]", "bxy")).isTrue();
    assertThat(Glob.matches("[a-c]x[!0-9]", "bx1")).isFalse();
    assertThat(Glob.matches("*a*b*", "xxaxxbxx")).isTrue();
    assertThat(Glob.matches("[", "[")).isTrue();
    assertThat(Glob.matches("a*".repeat(50) + "b", "a".repeat(200))).isFalse();
  }

  private Path entry(String includes) throws IOException {
    return write("entry.dae", "global { }\nrouting { }\n" + includes + "\n", "rw-------");
  }

  private Path write(String name, String text, String mode) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    return file;
  }

  private static List<String> refused(Path file) {
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> ConfigFile.load(file));
    assertThat(refused).isNotNull();
    return refused.diagnostics().stream().map(Diagnostic::toString).toList();
  }
}
