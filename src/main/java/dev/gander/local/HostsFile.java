package dev.gander.local;

import dev.gander.message.Name;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.IDN;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/** Reads hosts(5): {@code address name alias … # comment}. What is wrong is skipped and counted. */
final class HostsFile {

  /** Names read at most; the rest of a longer file is skipped. */
  static final int MAX_NAMES = 4_000_000;

  private final HostTable.Builder table = new HostTable.Builder();
  private final int maxNames;
  private String addressText = "";
  private @Nullable InetAddress address;
  private int line;
  private int skipped;
  private String firstSkipped = "";

  private HostsFile(int maxNames) {
    this.maxNames = maxNames;
  }

  /**
   * What a file says.
   *
   * @param skipped lines that could not be read, in whole or in part
   * @param firstSkipped the first of them, for people: {@code line 7: …}; empty if there is none
   */
  record Content(HostTable table, int skipped, String firstSkipped) {}

  /**
   * Reads the file.
   *
   * @param maxNames {@link #MAX_NAMES}
   */
  static Content read(Path file, int maxNames) throws IOException {
    HostsFile reader = new HostsFile(maxNames);
    // Not Files.newBufferedReader: that throws at the first byte that is no UTF-8.
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8), 1 << 16)) {
      for (String text = in.readLine(); text != null; text = in.readLine()) {
        reader.line++;
        reader.readLine(text);
      }
    }
    return new Content(reader.table.build(), reader.skipped, reader.firstSkipped);
  }

  private void readLine(String text) {
    int hash = text.indexOf('#');
    StringTokenizer words =
        new StringTokenizer(hash < 0 ? text : text.substring(0, hash), " \t\r\f\u000b\ufeff");
    if (!words.hasMoreTokens()) {
      return;
    }
    String first = words.nextToken();
    if (first.indexOf('%') > 0) {
      return; // an address of one link only, as macOS writes them: no answer can say the link
    }
    if (!first.equals(addressText)) {
      addressText = first;
      address = address(first);
    }
    boolean sound = address != null && words.hasMoreTokens();
    boolean canonical = true;
    while (address != null && words.hasMoreTokens()) {
      sound &= readName(words.nextToken(), address, canonical);
      canonical = false;
    }
    if (!sound) {
      skipped++;
      if (firstSkipped.isEmpty()) {
        firstSkipped = "line " + line + ": " + text.strip().substring(0, shown(text.strip()));
      }
    }
  }

  private static int shown(String text) {
    return Math.min(text.length(), 60);
  }

  /**
   * @param canonical whether it is the first of its line: what the address is called
   */
  private boolean readName(String text, InetAddress of, boolean canonical) {
    byte[] name = name(text);
    if (name == null || table.size() >= maxNames) {
      return false;
    }
    if (SpecialNames.isLocalhost(name)) {
      return true; // RFC 6761 § 6.3 says what it is, whatever the file says
    }
    if (canonical) {
      table.addReverse(of, name);
    }
    return table.add(name, of);
  }

  private static byte @Nullable [] name(String text) {
    try {
      boolean ascii = text.chars().allMatch(c -> c < 0x80);
      String plain = ascii ? text : IDN.toASCII(text, IDN.ALLOW_UNASSIGNED);
      boolean host = plain.chars().allMatch(HostsFile::mayStandInName);
      return host && !plain.equals(".") ? Name.toWire(plain) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static boolean mayStandInName(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_';
  }

  private static @Nullable InetAddress address(String text) {
    boolean whole = text.indexOf(':') >= 0 || text.chars().filter(c -> c == '.').count() == 3;
    try {
      return whole ? InetAddress.ofLiteral(text) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
