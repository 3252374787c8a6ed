package dev.gander.config;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code *}, {@code ?} and {@code [a-z]} in the names of files and interfaces, as the shell has
 * them.
 */
public final class Glob {

  private Glob() {}

  /** Whether it may match other names than itself. */
  public static boolean isPattern(String path) {
    return path.indexOf('*') >= 0 || path.indexOf('?') >= 0 || path.indexOf('[') >= 0;
  }

  /** The files below a folder whose path from there matches, sorted by path. */
  static List<Path> find(Path folder, Path pattern) {
    List<Path> found = new ArrayList<>(List.of(folder));
    for (Path part : pattern) {
      List<Path> deeper = new ArrayList<>();
      for (Path base : found) {
        addMatching(base, part.toString(), deeper);
      }
      found = deeper;
    }
    found.sort(null);
    return found;
  }

  private static void addMatching(Path base, String part, List<Path> matching) {
    if (!isPattern(part)) {
      Path path = base.resolve(part);
      if (Files.exists(path)) {
        matching.add(path);
      }
      return;
    }
    try (DirectoryStream<Path> names = Files.newDirectoryStream(base)) {
      for (Path path : names) {
        String name = path.getFileName().toString();
        if (matches(part, name) && (part.startsWith(".") || !name.startsWith("."))) {
          matching.add(path);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // What is no folder, or cannot be listed, holds nothing that matches.
    }
  }

  /**
   * Whether the pattern matches the whole name. Goes back to the last star only, so the work is
   * bounded by the product of the lengths.
   */
  public static boolean matches(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int starName = 0;
    while (n < name.length()) {
      int next = p < pattern.length() ? step(pattern, p, name.charAt(n)) : -1;
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        starName = n;
      } else if (next >= 0) {
        p = next;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++starName;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  /** Where the pattern goes on after matching one character; -1 if it does not match. */
  private static int step(String pattern, int p, char c) {
    char expected = pattern.charAt(p);
    if (expected == '?') {
      return p + 1;
    }
    int close = expected == '[' ? pattern.indexOf(']', p + 2) : -1;
    if (close < 0) {
      return expected == c ? p + 1 : -1;
    }
    boolean negated = pattern.charAt(p + 1) == '^' || pattern.charAt(p + 1) == '!';
    boolean inside = false;
    for (int i = p + (negated ? 2 : 1); i < close; i++) {
      if (i + 2 < close && pattern.charAt(i + 1) == '-') {
        inside |= pattern.charAt(i) <= c && c <= pattern.charAt(i + 2);
        i += 2;
      } else {
        inside |= pattern.charAt(i) == c;
      }
    }
    return inside != negated ? close + 1 : -1;
  }
}
