package dev.gander.config;

import dev.gander.config.Syntax.Entry;
import dev.gander.config.Syntax.Item;
import dev.gander.config.Syntax.Literal;
import dev.gander.config.Syntax.Section;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads the entry file and what it includes: the entry's sections first, then those of each
 * included file in the order they are named, in depth.
 */
final class SourceFiles {

  private static final long LARGEST = 64L << 20;
  private static final int MOST = 1000;
  private static final String SUFFIX = ".dae";

  private final Path entry;
  private final Path folder;
  private final Problems problems;
  private final Set<Path> done = new LinkedHashSet<>();
  private final Set<Path> open = new LinkedHashSet<>();

  SourceFiles(Path entry, Problems problems) {
    this.entry = entry;
    Path absolute = entry.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    this.folder = parent == null ? absolute : parent;
    this.problems = problems;
  }

  /**
   * @throws IOException if the entry file cannot be read
   */
  List<Section> sections() throws IOException {
    List<Section> sections = new ArrayList<>();
    String name = entry.toString();
    problems.open(name);
    checkMode(entry, name, new Place(name, 1, 1));
    read(entry.toAbsolutePath().normalize(), name, text(entry), sections);
    return sections;
  }

  private void read(Path file, String name, String text, List<Section> sections) {
    done.add(file);
    open.add(file);
    List<Section> own = Parser.parse(name, text, problems);
    for (Section section : own) {
      if (!section.name().equals("include")) {
        sections.add(section);
      }
    }
    for (Section section : own) {
      if (section.name().equals("include")) {
        section.entries().forEach(line -> includeLine(file, line, sections));
      }
    }
    open.remove(file);
  }

  private void includeLine(Path from, Entry line, List<Section> sections) {
    if (!(line instanceof Item(Literal literal))) {
      problems.error(
          line.place(), "`include` holds file names only", "write one like config.d/*.dae");
      return;
    }
    String pattern = literal.text().strip();
    Path path;
    try {
      path = folder.resolve(pattern).normalize();
    } catch (InvalidPathException e) {
      problems.error(line.place(), "`" + Text.shortened(pattern) + "` is no file name", "");
      return;
    }
    if (pattern.isEmpty() || !path.startsWith(folder) || path.equals(folder)) {
      problems.error(
          line.place(),
          "`" + Text.shortened(pattern) + "` is outside of " + folder,
          "included files must lie below the folder of " + entry.getFileName());
      return;
    }
    if (Glob.isPattern(pattern)) {
      includeAll(from, path, line.place(), sections);
    } else if (!pattern.endsWith(SUFFIX)) {
      problems.error(
          line.place(),
          "`" + Text.shortened(pattern) + "` does not end in " + SUFFIX,
          "rename it to end in " + SUFFIX);
    } else if (open.contains(path)) {
      problems.error(
          line.place(),
          "`" + Text.shortened(pattern) + "` includes itself in the end",
          "remove one of the includes");
    } else if (!Files.exists(path)) {
      problems.warning(
          line.place(), "there is no file `" + Text.shortened(pattern) + "`", "remove it here");
    } else {
      include(path, line.place(), sections);
    }
  }

  private void includeAll(Path from, Path pattern, Place place, List<Section> sections) {
    List<Path> found = Glob.find(folder, folder.relativize(pattern));
    found.removeIf(file -> !file.toString().endsWith(SUFFIX) || Files.isDirectory(file));
    if (found.isEmpty()) {
      problems.warning(
          place, "no " + SUFFIX + " file matches `" + Text.shortened(pattern.toString()) + "`", "");
    }
    for (Path file : found) {
      if (!open.contains(file) && !file.equals(from)) {
        include(file, place, sections);
      }
    }
  }

  private void include(Path file, Place place, List<Section> sections) {
    if (done.contains(file)) {
      return;
    }
    if (done.size() >= MOST) {
      problems.error(place, "more than " + MOST + " files", "");
      return;
    }
    String name = shownName(file);
    problems.open(name);
    try {
      checkMode(file, name, new Place(name, 1, 1));
      read(file, name, text(file), sections);
    } catch (IOException e) {
      problems.error(
          place,
          "cannot read `" + Text.shortened(name) + "`: " + reason(e),
          "remove it here, or mend the file");
    }
  }

  /** As the user would name it from where the entry was named. */
  private String shownName(Path file) {
    Path parent = entry.getParent();
    Path relative = folder.relativize(file);
    return (parent == null ? relative : parent.resolve(relative)).toString();
  }

  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : Text.shortened(e.getMessage());
  }

  /** Bytes that are no UTF-8 become U+FFFD, which the lexer tells where it matters. */
  private static String text(Path file) throws IOException {
    try (InputStream stream = Files.newInputStream(file)) {
      byte[] bytes = stream.readNBytes((int) LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new IOException("larger than " + (LARGEST >> 20) + " MiB");
      }
      if (isUtf16(bytes)) {
        throw new IOException("it is UTF-16 text; save it as UTF-8");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** By the byte-order mark, which editors that call this encoding "Unicode" always write. */
  private static boolean isUtf16(byte[] bytes) {
    int mark = bytes.length < 2 ? 0 : (bytes[0] & 0xFF) << 8 | (bytes[1] & 0xFF);
    return mark == 0xFEFF || mark == 0xFFFE;
  }

  /** Who can write a configuration rules the machine; who can read it knows its passwords. */
  private void checkMode(Path file, String name, Place place) throws IOException {
    if (!Files.isRegularFile(file)) {
      if (Files.isDirectory(file)) {
        throw new IOException("it is a directory");
      }
      return;
    }
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
    if (mode.contains(PosixFilePermission.GROUP_WRITE)
        || mode.contains(PosixFilePermission.OTHERS_WRITE)) {
      problems.error(
          place, "others than its owner can write this file", "run `chmod 600 " + name + "`");
    } else if (mode.contains(PosixFilePermission.OTHERS_READ)) {
      problems.warning(
          place, "every user can read this file", "run `chmod 600 " + name + "`; dae refuses it");
    }
  }
}
