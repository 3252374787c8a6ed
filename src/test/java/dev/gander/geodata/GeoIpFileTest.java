package dev.gander.geodata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeoIpFileTest {

  @TempDir Path folder;

  @Test
  void prefixesComeInTheirMappedForm() throws IOException {
    GeoIpFile file =
        write(
            new DatWriter()
                .ip("CN", false, addresses("198.51.100.0", "2001:db8:1::"), 24, 48)
                .ip("all", false, addresses("0.0.0.0"), 0));
    assertThat(visit(file, "cn", false))
        .containsExactly("0 ffffc6336400 /120", "20010db800010000 0 /48");
    assertThat(visit(file, "ALL", false)).containsExactly("0 ffff00000000 /96");
    assertThat(file.has("Cn")).isTrue();
    assertThat(file.has("de")).isFalse();
  }

  @Test
  void anInverseListSaysSo() throws IOException {
    GeoIpFile file = write(new DatWriter().ip("not", true, addresses("10.0.0.0"), 8));
    assertThat(visit(file, "not", true)).hasSize(1);
  }

  @Test
  void aPrefixLongerThanItsAddressIsAnError() throws IOException {
    GeoIpFile file = write(new DatWriter().ip("a", false, addresses("10.0.0.0"), 33));
    assertThatThrownBy(() -> visit(file, "a", false))
        .isInstanceOf(GeoDataException.class)
        .hasMessageContaining("length 33 over an address of 32 bits");
  }

  @Test
  void anAddressOfOddLengthIsAnError() throws IOException {
    GeoIpFile file = write(new DatWriter().ip("a", false, new byte[][] {{1, 2, 3}}, 8));
    assertThatThrownBy(() -> visit(file, "a", false))
        .isInstanceOf(GeoDataException.class)
        .hasMessageContaining("an address of 3 bytes");
  }

  @Test
  void aGeositeFileIsNotTakenForIt() throws IOException {
    GeoIpFile file = write(new DatWriter().site("a", "suffix:example"));
    assertThatThrownBy(() -> visit(file, "a", false))
        .isInstanceOf(GeoDataException.class)
        .hasMessageContaining("is this a geosite file?");
  }

  @Test
  void aFileCutAnywhereIsAnErrorThatNamesFileAndOffset() throws IOException {
    byte[] whole =
        new DatWriter().ip("A", true, addresses("10.0.0.0", "fd00::"), 8, 8).toByteArray();
    for (int length = 0; length < whole.length; length++) {
      Path cut = Files.write(folder.resolve("cut.dat"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> visit(GeoIpFile.open(cut), "a", true))
          .isInstanceOf(GeoDataException.class)
          .hasMessageContaining(cut.toString())
          .hasMessageContaining("at byte ");
    }
  }

  private GeoIpFile write(DatWriter dat) throws IOException {
    return GeoIpFile.open(Files.write(folder.resolve("test.dat"), dat.toByteArray()));
  }

  private static List<String> visit(GeoIpFile file, String tag, boolean inverse)
      throws IOException {
    List<String> seen = new ArrayList<>();
    boolean marked =
        file.visit(
            tag,
            (high, low, length) ->
                seen.add(Long.toHexString(high) + " " + Long.toHexString(low) + " /" + length));
    assertThat(marked).isEqualTo(inverse);
    return seen;
  }

  private static byte[][] addresses(String... literals) {
    return Arrays.stream(literals)
        .map(literal -> InetAddress.ofLiteral(literal).getAddress())
        .toArray(byte[][]::new);
  }
}
