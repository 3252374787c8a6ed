package dev.gander.subscribe;

import dev.gander.node.SubscriptionText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code persist.d/TAG.sub} beside the configuration, as dae has it: what subscriptions brought
 * last. It holds passwords: nobody else may read it.
 */
final class KeptFiles {

  private static final System.Logger LOG = System.getLogger("dev.gander.subscribe");
  private static final String SUFFIX = ".sub";

  private final Path base;
  private final Path directory;

  KeptFiles(Path base) {
    this.base = base;
    directory = base.resolve("persist.d");
  }

  /** A tag is any text; a file's name is not. */
  Path fileOf(String tag) {
    return directory.resolve(nameOf(tag));
  }

  private static String nameOf(String tag) {
    StringBuilder name = new StringBuilder();
    for (byte b : tag.getBytes(StandardCharsets.UTF_8)) {
      boolean plain = b < 0 || Character.isLetterOrDigit(b) || b == '-' || b == '_' || b == ' ';
      name.append(plain ? String.valueOf((char) (b & 0xff)) : "%%%02x".formatted(b));
    }
    byte[] bytes = name.toString().getBytes(StandardCharsets.ISO_8859_1);
    return new String(bytes, StandardCharsets.UTF_8) + SUFFIX;
  }

  /**
   * A whole file.
   *
   * @param path relative ones count from the configuration's directory
   */
  String read(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(base.resolve(path))) {
      byte[] bytes = in.readNBytes(SubscriptionText.LONGEST + 1);
      if (bytes.length > SubscriptionText.LONGEST) {
        throw new IOException("the file is longer than " + SubscriptionText.LONGEST + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + e.getFile(), e);
    }
  }

  /** Keeps what came; if it cannot be written, a warning says so and it is used all the same. */
  void write(String tag, String text) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path draft =
          Files.createTempFile(
              directory,
              "draft",
              ".tmp",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try {
        Files.writeString(draft, text);
        Files.move(
            draft,
            fileOf(tag),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(draft);
      }
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "what subscription `" + tag + "` brought cannot be kept in " + directory + ": " + e);
    }
  }

  /** Removes what is kept under other tags: it holds passwords that nothing needs any more. */
  void removeAllBut(Collection<String> tags) {
    Set<String> names = tags.stream().map(KeptFiles::nameOf).collect(Collectors.toSet());
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        if (!names.contains(String.valueOf(file.getFileName()))) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot tidy up " + directory + ": " + e);
    }
  }
}
