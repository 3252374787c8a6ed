package dev.gander.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemPairTest {

  @TempDir Path folder;

  /** As where every file has the same time of change: Nix, and images built reproducibly. */
  @Test
  void aLinkThatSwitchesBetweenFilesOfOneAgeAndSizeIsSeen() throws Exception {
    Path old = file("old.pem");
    Path next = file("next.pem");
    Path link = folder.resolve("cert.pem");
    Files.createSymbolicLink(link, old);
    String before = PemPair.stampOf(link, old);
    assertThat(PemPair.stampOf(link, old)).isEqualTo(before);
    Files.delete(link);
    Files.createSymbolicLink(link, next);
    assertThat(PemPair.stampOf(link, old)).isNotEqualTo(before);
  }

  private Path file(String name) throws Exception {
    Path file = Files.writeString(folder.resolve(name), "the same length");
    return Files.setLastModifiedTime(file, FileTime.fromMillis(1000));
  }
}
