package dev.gander.geodata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeoSiteFileTest {

  @TempDir Path folder;

  @Test
  void everyKindOfDomainOfTheTagIsVisited() throws IOException {
    GeoSiteFile file =
        write(
            new DatWriter()
                .site("CN", "suffix:cn", "full:a.example.com")
                .site("ADS", "keyword:adserv", "regex:^ad[0-9]+\\."));
    assertThat(visit(file, "cn")).containsExactly("SUFFIX:cn", "FULL:a.example.com");
    assertThat(visit(file, "Ads")).containsExactly("KEYWORD:adserv", "REGEX:^ad[0-9]+\\.");
    assertThat(file.tags()).containsExactlyInAnyOrder("cn", "ads");
  }

  @Test
  void attributesSelectAmongTheDomainsOfATag() throws IOException {
    GeoSiteFile file =
        write(
            new DatWriter()
                .site("apple", "suffix:a@cn", "suffix:b@CN@ads", "suffix:c", "suffix:d@ads"));
    assertThat(visit(file, "apple")).hasSize(4);
    assertThat(visit(file, "apple@cn")).containsExactly("SUFFIX:a", "SUFFIX:b");
    assertThat(visit(file, "apple@!cn")).containsExactly("SUFFIX:c", "SUFFIX:d");
    assertThat(visit(file, "apple@Cn@ads")).containsExactly("SUFFIX:b");
    assertThat(visit(file, "apple@cn@!ads")).containsExactly("SUFFIX:a");
    assertThat(visit(file, "apple@cn@cn")).containsExactly("SUFFIX:a", "SUFFIX:b");
  }

  @Test
  void anExclamationMarkInsideATagIsPartOfItsName() throws IOException {
    GeoSiteFile file = write(new DatWriter().site("CATEGORY-SCHOLAR-!CN", "suffix:a@cn"));
    assertThat(visit(file, "category-scholar-!cn")).containsExactly("SUFFIX:a");
    assertThat(visit(file, "category-scholar-!cn@cn")).containsExactly("SUFFIX:a");
  }

  @Test
  void aTagWrittenWithItsAttributeInTheFileIsTakenAsItIs() throws IOException {
    GeoSiteFile file = write(new DatWriter().site("x", "suffix:a@cn").site("x@cn", "suffix:b"));
    assertThat(visit(file, "x@cn")).containsExactly("SUFFIX:b");
  }

  @Test
  void aTagIsKnownByItsNameWhateverTheAttributes() throws IOException {
    GeoSiteFile file = write(new DatWriter().site("GFW", "suffix:a"));
    assertThat(file.has("gfw")).isTrue();
    assertThat(file.has("gfw@!cn")).isTrue();
    assertThat(file.has("gf")).isFalse();
    assertThat(visit(file, "gf")).isEmpty();
  }

  @Test
  void entriesOfTheSameTagAddUp() throws IOException {
    GeoSiteFile file = write(new DatWriter().site("A", "suffix:a").site("a", "suffix:b"));
    assertThat(visit(file, "a")).containsExactly("SUFFIX:a", "SUFFIX:b");
  }

  @Test
  void aListLargerThanTheWindowIsReadWhole() throws IOException {
    String[] domains = new String[20_000];
    Arrays.setAll(domains, i -> "suffix:host" + i + ".example.com@attribute" + i % 7);
    GeoSiteFile file =
        write(new DatWriter().site("before", "suffix:a").site("big", domains).site("z", "full:z"));
    assertThat(visit(file, "big")).hasSize(20_000).endsWith("SUFFIX:host19999.example.com");
    assertThat(visit(file, "big@attribute3")).hasSize(20_000 / 7);
    assertThat(visit(file, "z")).containsExactly("FULL:z");
  }

  @Test
  void unknownFieldsAreSkippedWhateverTheirOrder() throws IOException {
    ByteArrayOutputStream domain = new ByteArrayOutputStream();
    DatWriter.number(domain, 7, 1L << 60);
    DatWriter.bytes(domain, 2, "example".getBytes(StandardCharsets.UTF_8));
    DatWriter.number(domain, 1, 3);
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    DatWriter.bytes(entry, 2, domain.toByteArray());
    DatWriter.bytes(entry, 9, new byte[300]);
    DatWriter.bytes(entry, 1, "late".getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    DatWriter.number(list, 5, 1);
    DatWriter.bytes(list, 1, entry.toByteArray());
    assertThat(visit(write(list.toByteArray()), "late")).containsExactly("FULL:example");
  }

  @Test
  void aFileCutAnywhereInsideAnEntryIsAnErrorThatNamesFileAndOffset() throws IOException {
    byte[] whole = new DatWriter().site("TAG", "suffix:a.example", "full:b@cn").toByteArray();
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> visit(write(cut), "tag"))
          .as("cut to %d bytes", length)
          .isInstanceOf(GeoDataException.class)
          .hasMessageContaining(folder.resolve("test.dat").toString())
          .hasMessageContaining("at byte ");
    }
  }

  @Test
  void aFileOfAnotherFormatIsAnError() {
    assertThatThrownBy(() -> write("404: Not Found".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(GeoDataException.class);
    byte[] geoip = new DatWriter().ip("cn", false, new byte[][] {{10, 0, 0, 0}}, 8).toByteArray();
    assertThatThrownBy(() -> visit(write(geoip), "cn"))
        .isInstanceOf(GeoDataException.class)
        .hasMessageContaining("is this a geoip file?");
  }

  @Test
  void aDomainOfUnknownTypeIsAnError() {
    assertThatThrownBy(() -> visit(write(new DatWriter().site("a", "what:x")), "a"))
        .isInstanceOf(GeoDataException.class)
        .hasMessageContaining("unknown type 9");
  }

  private GeoSiteFile write(DatWriter dat) throws IOException {
    return write(dat.toByteArray());
  }

  private GeoSiteFile write(byte[] bytes) throws IOException {
    return GeoSiteFile.open(Files.write(folder.resolve("test.dat"), bytes));
  }

  private static List<String> visit(GeoSiteFile file, String reference) throws IOException {
    List<String> seen = new ArrayList<>();
    int count =
        file.visit(
            reference,
            (kind, buffer, offset, length) ->
                seen.add(kind + ":" + new String(buffer, offset, length, StandardCharsets.UTF_8)));
    assertThat(count).isEqualTo(seen.size());
    return seen;
  }
}
