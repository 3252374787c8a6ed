package dev.gander.geodata;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeoDataFilesTest {

  @TempDir Path folder;

  @Test
  void theFoldersAreSearchedInTheDocumentedOrder() {
    GeoDataFiles files =
        GeoDataFiles.of(
            Path.of("/etc/gander"),
            Map.of("DAE_LOCATION_ASSET", "/c", "GANDER_LOCATION_ASSET", "/a:/b"));
    assertThat(files.folders())
        .map(Path::toString)
        .containsExactly(
            "/etc/gander",
            "/a",
            "/b",
            "/c",
            "/usr/local/share/gander",
            "/usr/share/gander",
            "/usr/local/share/dae",
            "/usr/share/dae",
            "/usr/local/share/v2ray",
            "/usr/share/v2ray",
            "/usr/local/share/xray",
            "/usr/share/xray");
  }

  @Test
  void theFirstFolderThatHasTheFileWins() throws IOException {
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    Path third = Files.createDirectory(folder.resolve("third"));
    Files.createDirectory(first.resolve("geosite.dat"));
    byte[] dat = new DatWriter().site("here", "suffix:a").toByteArray();
    Files.write(second.resolve("geosite.dat"), dat);
    Files.write(third.resolve("geosite.dat"), new DatWriter().site("no", "suffix:a").toByteArray());
    GeoDataFiles files = new GeoDataFiles(List.of(first, second, third));
    assertThat(files.site(GeoDataFiles.GEOSITE).orElseThrow().has("here")).isTrue();
    assertThat(files.site(GeoDataFiles.GEOSITE)).isEqualTo(files.site(GeoDataFiles.GEOSITE));
    assertThat(files.site("other.dat")).isEmpty();
    assertThat(files.ip(GeoDataFiles.GEOIP)).isEmpty();
  }
}
