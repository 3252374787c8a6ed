package dev.gander.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.daemon.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class MainTest {

  private static final List<String> FOR_PEOPLE =
      List.of(
          "run",
          "cert",
          "validate",
          "doctor",
          "explain",
          "reload",
          "suspend",
          "leaks",
          "status",
          "probe",
          "query",
          "demo",
          "version",
          "completion");

  @TempDir private Path temporary;

  @Test
  void certMakesAPairOnceAndRefusesWhatIsNoName() throws Exception {
    String[] make = {
      "cert", "--name", "dns.home.arpa", "--ip", "2001:db8::1", "--out", temporary.toString()
    };
    Commands.Result made = Commands.run(make);
    assertThat(made.status()).isZero();
    assertThat(made.out()).contains("pin=sha256/", "valid until");
    Path key = temporary.resolve("key.pem");
    assertThat(
            java.nio.file.attribute.PosixFilePermissions.toString(
                java.nio.file.Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    assertThat(dev.gander.config.PemPair.read(temporary.resolve("cert.pem"), key).names())
        .containsExactly("dns.home.arpa");
    assertThat(Commands.run(make).err()).contains("is there already; --force");
    assertThat(Commands.run("cert", "--name", "no name").status()).isEqualTo(2);
    assertThat(Commands.run("cert", "--ip", "300.1.1.1").status()).isEqualTo(2);
    assertThat(Commands.run("cert").err()).contains("for whom?");
  }

  @TestFactory
  Stream<DynamicTest> everyCommandHasAPageWithExamplesAndExitStatuses() {
    return FOR_PEOPLE.stream()
        .map(name ->
            DynamicTest.dynamicTest(
                name,
                () -> {
                  Commands.Result page = Commands.run(name, "--help");
                  assertThat(page.status()).isZero();
                  assertThat(page.out())
                      .contains("Usage: gander " + name)
                      .contains("Options:")
                      .contains("--help")
                      .contains("Examples:")
                      .containsPattern("\n {2}.*gander " + name)
                      .contains("Exit status: 0");
                  assertThat(page.out().lines()).allMatch(line -> line.length() <= 100);
                  assertThat(Commands.run("help", name).out()).isEqualTo(page.out());
                }));
  }

  @Test
  void theFirstPageNamesEveryCommandForPeople() {
    String page = Commands.run("help").out();
    assertThat(FOR_PEOPLE)
        .allSatisfy(name -> assertThat(page).containsPattern("\n {2}" + name + " "));
    assertThat(page).doesNotContain("warmup");
    assertThat(Commands.run("--help").out()).isEqualTo(page);
  }

  @Test
  void wrongUsageIsStatusTwoAndSaysWhereToLook() {
    for (List<String> words :
        List.of(
            List.of("runn"),
            List.of("run", "--nonsense"),
            List.of("validate"),
            List.of("validate", "a", "b"),
            List.of("reload", "notapid"),
            List.of("status", "more"),
            List.of("query"),
            List.of("query", "a.example", "A", "b.example"),
            List.of("query", "a.example", "--subnet", "nonsense"),
            List.of("query", "a..example"),
            List.of("query", "a.example", "@nobody:port"),
            List.of("explain"),
            List.of("explain", "flow", "icmp", "192.0.2.1:1", "192.0.2.2:1"),
            List.of("explain", "flow", "tcp", "192.0.2.1", "192.0.2.2:1"),
            List.of("explain", "flow", "tcp", "192.0.2.1:1", "[2001:db8::1]:1"),
            List.of("explain", "flow", "tcp", "192.0.2.1:1", "192.0.2.2:99999"),
            List.of("explain", "flow", "tcp", "192.0.2.1:1", "192.0.2.2:1", "--mac", "02:00"),
            List.of("explain", "flow", "tcp", "192.0.2.1:1", "192.0.2.2:1", "--domain", "a..b"),
            List.of("completion", "fish"),
            List.of("help", "nothing"))) {
      Commands.Result result = Commands.run(words.toArray(String[]::new));
      assertThat(result.status()).as(words.toString()).isEqualTo(ExitStatus.WRONG_USAGE);
      assertThat(result.err()).as(words.toString()).contains("--help'.");
      assertThat(result.out()).as(words.toString()).isEmpty();
    }
    assertThat(Commands.run().status()).isEqualTo(ExitStatus.WRONG_USAGE);
  }

  @Test
  void aSlipOfTheFingerGetsASuggestion() {
    assertThat(Commands.run("relaod").err()).contains("gander reload");
  }

  @Test
  void withoutADaemonStatusThree() {
    for (String command : List.of("status", "leaks", "probe", "reload", "suspend")) {
      Commands.Result result = Commands.run(command, "--runtime-dir", temporary.toString());
      assertThat(result.status()).as(command).isEqualTo(ExitStatus.MACHINE);
      assertThat(result.err()).contains("no gander runs").contains("--runtime-dir");
    }
  }

  @Test
  void reloadMakesSureOfTheProcessItIsGiven() {
    Commands.Result result = Commands.run("reload", "1", "--runtime-dir", temporary.toString());
    assertThat(result.status()).isEqualTo(ExitStatus.MACHINE);
    assertThat(result.err()).contains("process 1 is not the daemon of " + temporary);
  }

  @Test
  void theVersionCanBeReadByMachines() {
    Commands.Result result = Commands.run("version", "--json");
    assertThat(result.status()).isZero();
    assertThat(Json.parseObject(result.out()))
        .containsKeys("gander", "java", "vm", "kernel", "architecture");
    assertThat(Commands.run("--version").out()).startsWith("gander ");
  }

  @Test
  void completionIsAScript() {
    assertThat(Commands.run("completion").out())
        .contains("complete -F")
        .contains("suspend")
        .contains("--runtime-dir");
  }

  private Path file(String text) throws Exception {
    Path file = Files.writeString(temporary.resolve("test.dae"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
  }

  @Test
  void validateIsContentWithAGoodFile() throws Exception {
    Path file = file("global { }\nrouting { fallback: direct }\n");
    assertThat(Commands.run("validate", "-c", file.toString()).status()).isZero();
    assertThat(Commands.run("validate", file.toString()).out()).contains("can be used");
  }

  @Test
  void validatePrintsEveryMistakeWithItsPlace() throws Exception {
    Path file = file("global {\n  log_levle: info\n}\nrouting {\n  fallback: nowhere\n}\n");
    Commands.Result result = Commands.run("validate", "-c", file.toString());
    assertThat(result.status()).isEqualTo(ExitStatus.WRONG_INPUT);
    assertThat(result.err())
        .contains(file + ":2:3: error: ")
        .contains("log_level")
        .contains(file + ":5:");
  }

  @Test
  void validateTellsOfNodesThatAreLeftOut() throws Exception {
    Path file = temporary.resolve("nodes.dae");
    Files.writeString(
        file,
        """
        global { } node { a: 'trojan://p@192.0.2.1:0' b: 'c -> socks5://192.0.2.1:1080' }
        subscription { 'https://subs.example/x' } routing { fallback: direct }
        """);
    Commands.Result result = Commands.run("validate", "-c", file.toString());
    assertThat(result.status()).isZero();
    assertThat(result.out() + result.err())
        .contains("nodes.dae:1:19: warning: node `a` is left out: the port is not a number")
        .doesNotContain("`b`");
  }

  @Test
  void validateOfAnAbsentFileIsWrongInput() {
    Commands.Result result = Commands.run("validate", temporary.resolve("no.dae").toString());
    assertThat(result.status()).isEqualTo(ExitStatus.WRONG_INPUT);
    assertThat(result.err()).contains("no.dae").contains("no such file");
  }

  @Test
  void absentGeodataIsAWarningForValidateAndAnErrorForRun() throws Exception {
    Path file =
        file(
            """
            global { }
            dns {
              upstream { a: 'udp://192.0.2.1:53' }
              routing { request {
                qname(ext: 'nowhere.dat:ads') -> reject
                fallback: a } } }
            routing { fallback: direct }
            """);
    Commands.Result validated = Commands.run("validate", file.toString());
    assertThat(validated.status()).isZero();
    assertThat(validated.out()).contains(":5:").contains("warning").contains("nowhere.dat");

    Commands.Result ran =
        Commands.run(
            "run", "-c", file.toString(), "--runtime-dir", temporary.resolve("run").toString());
    assertThat(ran.status()).isEqualTo(ExitStatus.WRONG_INPUT);
    assertThat(ran.err()).contains(":5:").contains("error").contains("nowhere.dat");
  }

  @Test
  @SuppressWarnings("unchecked")
  void validateSpeaksJson() throws Exception {
    Path file = file("global {\n  nonsense: 1\n}\nrouting { fallback: direct }\n");
    Commands.Result result = Commands.run("validate", file.toString(), "--json");
    assertThat(result.status()).isEqualTo(ExitStatus.WRONG_INPUT);
    Map<String, Object> object = Json.parseObject(result.out());
    assertThat(object).containsEntry("usable", false).containsEntry("file", file.toString());
    assertThat((List<Map<String, Object>>) object.get("diagnostics"))
        .first()
        .satisfies(diagnostic ->
            assertThat(diagnostic)
                .containsEntry("line", 2L)
                .containsEntry("column", 3L)
                .containsEntry("severity", "error"));
  }

  @Test
  void runOfAWrongFileStartsNothing() throws Exception {
    Path file = file("global {\n  nonsense: 1\n}\n");
    Path run = temporary.resolve("run");
    Commands.Result result =
        Commands.run("run", "-c", file.toString(), "--runtime-dir", run.toString());
    assertThat(result.status()).isEqualTo(ExitStatus.WRONG_INPUT);
    assertThat(result.err()).contains(file + ":2:3: error: ");
    assertThat(run).doesNotExist();
  }
}
