package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.config.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheScopeTest {

  private static final String BASE =
      """
      global { log_level: info }
      dns {
        bind: 'udp://127.0.0.1:5300'
        upstream {
          one: 'udp://192.0.2.1:53'
          two: 'udp://192.0.2.2:53'
        }
        routing {
          request { fallback: one }
          response {
            qname(suffix: cn.example) -> two
            fallback: accept
          }
        }
      }
      routing { fallback: direct }
      """;

  private static Settings settings(String text) throws ConfigException {
    return ConfigFile.parse(text, "test").settings();
  }

  private static boolean sameAfter(String from, String to) throws ConfigException {
    assertThat(BASE).contains(from);
    return CacheScope.same(settings(BASE), settings(BASE.replace(from, to)));
  }

  @Test
  void theCacheGoesOnWhereNothingThatDecidesAnswersChanges() throws ConfigException {
    for (Map.Entry<String, String> change :
        Map.of(
                "log_level: info", "log_level: warn",
                "global {", "# a line more\n\nglobal {",
                "request { fallback: one }", "request { qname(x.example) -> reject fallback: two }",
                "5300", "5301")
            .entrySet()) {
      assertThat(sameAfter(change.getKey(), change.getValue())).as(change.getValue()).isTrue();
    }
  }

  @Test
  void theCacheStartsEmptyWhereAnAnswerCouldBeAnother() throws ConfigException {
    for (Map.Entry<String, String> change :
        Map.of(
                "192.0.2.1", "192.0.2.3",
                "udp://192.0.2.2:53", "tcp://192.0.2.2:53",
                "suffix: cn.example", "suffix: jp.example",
                "fallback: accept", "fallback: reject",
                "-> two", "-> one",
                "  bind:", "  max_ttl: 5\n  bind:")
            .entrySet()) {
      assertThat(sameAfter(change.getKey(), change.getValue())).as(change.getValue()).isFalse();
    }
  }

  @Test
  void geodataInResponseRulesMayHaveNewContents() throws ConfigException {
    String reading = BASE.replace("suffix: cn.example", "geosite: cn");
    assertThat(CacheScope.same(settings(reading), settings(reading))).isFalse();
  }
}
