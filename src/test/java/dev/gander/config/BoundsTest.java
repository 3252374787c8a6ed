package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Large and hostile files cost time and memory in proportion to their size. The bounds in time are
 * far above what is needed: they tell linear from quadratic, not fast from slow.
 */
@Timeout(60)
class BoundsTest {

  @Test
  void aHundredThousandRulesAreRead() throws Exception {
    String text =
        requests(100_000, i -> "  qname(suffix: d" + i + ".example, geosite:cn) -> asis\n");
    assertThat(ConfigFile.parse(text, "x").settings().dns().request().rules()).hasSize(100_000);
  }

  @Test
  void aHundredThousandRulesOnOneLineAreRead() throws Exception {
    String text = requests(100_000, i -> "sip(10.0.0.0/8)&&qtype(" + i % 65536 + ")->asis ");
    assertThat(ConfigFile.parse(text, "x").settings().dns().request().rules()).hasSize(100_000);
  }

  /** As {@link #file}, of rules for DNS requests, of which there may be any number. */
  private static String requests(int rules, IntFunction<String> rule) {
    String routing = file(rules, rule);
    return routing.replace("routing {", "routing { } dns { routing { request {") + " } }";
  }

  @Test
  void aRuleOfAHundredThousandParametersIsRead() throws Exception {
    StringBuilder text = new StringBuilder("global { } routing { domain(");
    for (int i = 0; i < 100_000; i++) {
      text.append("full: d").append(i).append(".example,\n");
    }
    text.append(") -> direct }");
    Settings settings = ConfigFile.parse(text.toString(), "x").settings();
    assertThat(settings.routing().rules().getFirst().terms().getFirst().parameters())
        .hasSize(100_000);
  }

  @Test
  void aHundredThousandMistakesAreToldInBoundedWords() {
    String text = file(10_000, i -> "  domain(d" + i + ".example) -> grup" + i + "\n");
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> ConfigFile.parse(text, "x"));
    assertThat(refused.diagnostics()).hasSize(Problems.MAX_OF_A_KIND + 1);
    assertThat(refused.diagnostics().getLast().message()).isEqualTo("and 9500 more errors");
  }

  @Test
  void manyGroupsAndManyUnknownOnesAreCompared() {
    StringBuilder text = new StringBuilder("global { } group {\n");
    for (int i = 0; i < 20_000; i++) {
      text.append("  abcdefghijklmnopqrstuvwxyz").append(i).append(" { policy: random }\n");
    }
    text.append("}\n").append(file(20_000, i -> "  dport(1) -> zyxwvutsrqponmlkjihgfedcba\n"));
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> ConfigFile.parse(text.toString(), "x"));
    assertThat(refused.diagnostics()).isNotEmpty();
  }

  @Test
  void hostileTextEndsInTime() {
    for (String piece :
        new String[] {
          "{",
          "}",
          "a{",
          "(",
          "a(",
          "[",
          "!",
          "!!",
          "->",
          "&&",
          "a:",
          "a: b,",
          "'",
          "'\n",
          "\\",
          "/*",
          "//",
          "#",
          "a(b:",
          "a: [",
          ":",
          "::",
          "a b ",
          "\u0000",
          "\ud800",
          "=>",
          "a,",
          "|",
          "global {",
          "dns { routing {",
          "routing { a(b) ->",
          "a: b [c: d",
          "1:",
          "group { group {"
        }) {
      String text = piece.repeat(50_000 / piece.length());
      ConfigException refused =
          catchThrowableOfType(ConfigException.class, () -> ConfigFile.parse(text, "x"));
      assertThat(refused).as(piece).isNotNull();
      assertThat(refused.diagnostics())
          .as(piece)
          .hasSizeLessThanOrEqualTo(2 * Problems.MAX_OF_A_KIND + 1);
    }
  }

  @Test
  void regularExpressionsAreBounded() {
    for (String regex :
        new String[] {
          "(".repeat(5000),
          "(".repeat(5000) + ")".repeat(5000),
          "((((((a{1000}){1000}){1000}){1000}){1000}){1000})",
          "(?:".repeat(60) + "a" + ")*".repeat(60),
          "[".repeat(4000),
          "a{99999}",
          "\\",
          "x*".repeat(2000)
        }) {
      String text =
          "global { } group { g { filter: name(regex: '%s') policy: min } } routing { domain(regex: '%s') -> g }"
              .formatted(regex, regex);
      try {
        ConfigFile.parse(text, "x");
      } catch (ConfigException e) {
        assertThat(e.diagnostics()).isNotEmpty();
      }
    }
  }

  private static String file(int lines, IntFunction<String> line) {
    StringBuilder text = new StringBuilder("global { }\nrouting {\n");
    for (int i = 0; i < lines; i++) {
      text.append(line.apply(i));
    }
    return text.append("}\n").toString();
  }
}
