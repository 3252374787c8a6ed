package dev.gander.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.config.ConfigException;
import dev.gander.config.ConfigFile;
import dev.gander.config.Settings;
import dev.gander.geodata.GeoDataFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    GeoDataFiles none = new GeoDataFiles(List.of());
    return CacheScope.fingerprint(settings(BASE), none)
        .equals(CacheScope.fingerprint(settings(BASE.replace(from, to)), none));
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
  void geodataThatResponseRulesReadCountsByItsFile(@TempDir Path folder) throws Exception {
    Settings reading = settings(BASE.replace("suffix: cn.example", "geosite: cn"));
    GeoDataFiles geodata = new GeoDataFiles(List.of(folder));
    Path file = folder.resolve("geosite.dat");
    Files.write(file, new byte[] {1});
    String before = CacheScope.fingerprint(reading, geodata);
    assertThat(CacheScope.fingerprint(reading, geodata)).isEqualTo(before);
    Files.write(file, new byte[] {1, 2});
    assertThat(CacheScope.fingerprint(reading, geodata)).isNotEqualTo(before);
  }
}
