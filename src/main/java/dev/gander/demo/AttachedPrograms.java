package dev.gander.demo;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The BPF links a process holds, from /proc/PID/fdinfo: precise where other ganders run on the same
 * machine, and independent of what this machine's bpftool knows.
 */
final class AttachedPrograms {

  /** One link: its id and its program's, as bpftool numbers them. */
  record Link(long id, long program) {}

  private AttachedPrograms() {}

  /** None on kernels before 6.6, where programs hang on filters instead. */
  static List<Link> of(long pid) throws IOException {
    List<Link> links = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/fdinfo"))) {
      for (Path file : files) {
        List<String> lines = Files.readAllLines(file);
        long id = number(lines, "link_id:");
        if (id > 0) {
          links.add(new Link(id, number(lines, "prog_id:")));
        }
      }
    }
    return links;
  }

  private static long number(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.substring(key.length()).strip()))
        .findFirst()
        .orElse(0);
  }

  /** Whether {@code bpftool link show} lists any of {@code links}. */
  static boolean anyIn(String listing, List<Link> links) {
    return links.stream().anyMatch(link -> listing.lines().anyMatch(line -> names(line, link)));
  }

  private static boolean names(String line, Link link) {
    return line.startsWith(link.id() + ": ");
  }
}
