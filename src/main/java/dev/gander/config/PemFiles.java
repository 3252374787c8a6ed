package dev.gander.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;

/** Files that options name: certificates and keys in PEM. Paths count from the configuration. */
final class PemFiles {

  private final Place place;

  PemFiles(Place place) {
    this.place = place;
  }

  /** The absolute path of a file that is there. */
  Path file(String option, String written) throws BadValue {
    try {
      Path file = Path.of(place.file()).toAbsolutePath().resolveSibling(written).normalize();
      if (Files.isRegularFile(file) && Files.isReadable(file)) {
        return file;
      }
      throw new BadValue(
          place,
          "the file of `" + option + "` is not to be read: " + file,
          "paths count from the folder of the configuration");
    } catch (InvalidPathException e) {
      throw new BadValue(place, "`" + Text.shortened(written) + "` is no path", "");
    }
  }

  /** The path of a file with at least one certificate. */
  String certificates(String option, String written) throws BadValue {
    Path file = file(option, written);
    try (InputStream in = Files.newInputStream(file)) {
      if (!CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
        return file.toString();
      }
    } catch (IOException | CertificateException e) {
      throw new BadValue(
          place, "the file of `" + option + "` holds no certificate: " + file, "it must be PEM");
    }
    throw new BadValue(
        place, "the file of `" + option + "` holds no certificate: " + file, "it must be PEM");
  }

  /** The path of a file with a key as we can read it. */
  String key(String option, String written) throws BadValue {
    Path file = file(option, written);
    try {
      if (Files.readString(file, StandardCharsets.ISO_8859_1)
          .contains("-----BEGIN PRIVATE KEY-----")) {
        return file.toString();
      }
    } catch (IOException e) {
      throw new BadValue(place, "`" + option + "` is not to be read: " + file, "");
    }
    throw new BadValue(
        place,
        "the file of `" + option + "` holds no unencrypted PKCS #8 key: " + file,
        "openssl pkcs8 -topk8 -nodes makes one");
  }

  /** A certificate and its key, of files as the others here return them. */
  PemPair pair(String certificates, String key) throws BadValue {
    try {
      return PemPair.read(Path.of(certificates), Path.of(key));
    } catch (IOException e) {
      throw new BadValue(
          place, String.valueOf(e.getMessage()), "give the two that belong together");
    }
  }
}
