package dev.gander.geodata;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeoDataFuzzTest {

  @TempDir Path folder;

  @FuzzTest
  void noBytesMakeTheReadersThrowAnythingButTheirOwnError(byte[] bytes) throws IOException {
    Path path = Files.write(folder.resolve("fuzz.dat"), bytes);
    try {
      GeoSiteFile sites = GeoSiteFile.open(path);
      for (String tag : sites.tags()) {
        sites.visit(tag, (kind, buffer, offset, length) -> check(buffer, offset, length));
      }
    } catch (GeoDataException expected) {
      // the one error that damaged bytes may cause
    }
    try {
      GeoIpFile ips = GeoIpFile.open(path);
      for (String tag : ips.tags()) {
        ips.visit(tag, (high, low, length) -> checkPrefix(length));
      }
    } catch (GeoDataException expected) {
      // as above
    }
  }

  @Test
  void damagedFilesEndInTheReadersOwnError() throws IOException {
    byte[][] whole = {
      new DatWriter().site("A", "suffix:a@x", "full:b").site("b", "regex:c@y@z").toByteArray(),
      new DatWriter().ip("A", true, new byte[][] {new byte[4], new byte[16]}, 8, 48).toByteArray()
    };
    Random random = new Random(4);
    for (int i = 0; i < 1_000; i++) {
      byte[] damaged = whole[i % 2].clone();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      noBytesMakeTheReadersThrowAnythingButTheirOwnError(damaged);
    }
  }

  private static void check(byte[] buffer, int offset, int length) {
    if (offset < 0 || length < 0 || offset + length > buffer.length) {
      throw new AssertionError(offset + " + " + length);
    }
  }

  private static void checkPrefix(int length) {
    if (length < 0 || length > 128) {
      throw new AssertionError(length);
    }
  }
}
