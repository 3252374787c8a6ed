package dev.gander.proxy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * How AnyTLS cuts and fills its first packets, so that their sizes tell nothing of what is inside
 * (anytls-go, protocol.md). Immutable.
 */
final class PaddingScheme {

  /** In place of a size: nothing more is sent if the payload is all sent. */
  static final int CHECK = -1;

  /** With which every client begins. */
  static final PaddingScheme DEFAULT =
      known(
          """
          stop=8
          0=30-30
          1=100-400
          2=400-500,c,500-1000,c,500-1000,c,500-1000,c,500-1000
          3=9-9,500-1000
          4=500-1000
          5=500-1000
          6=500-1000
          7=500-1000\
          """);

  private static final int LONGEST = 8_192;
  private static final int MOST_PACKETS = 256;
  private static final int MOST_SIZES = 64;

  /** What one packet may be filled up to. */
  private static final int MOST_BYTES = 1 << 17;

  private static final int LARGEST = 1 << 15;

  /** The smallest and the largest size of a piece; {@link #CHECK} twice for {@code c}. */
  private record Piece(int least, int most) {}

  private final Map<Integer, List<Piece>> packets = new HashMap<>();

  private final int stop;
  private final String md5;

  private PaddingScheme(String text) throws IOException {
    if (text.length() > LONGEST) {
      throw new IOException("the padding scheme is too long");
    }
    int end = -1;
    for (String line : text.split("\n", -1)) {
      int equals = line.indexOf('=');
      String key = line.substring(0, Math.max(0, equals)).strip();
      String value = line.substring(equals + 1).strip();
      if (key.equals("stop")) {
        end = number(value, MOST_PACKETS);
      } else if (key.matches("[0-9]+")) {
        packets.put(number(key, MOST_PACKETS), pieces(value));
      }
    }
    if (end < 0) {
      throw new IOException("the padding scheme does not say where it stops");
    }
    stop = end;
    md5 = md5(text);
  }

  /**
   * Reads what a server sends.
   *
   * @throws IOException if it is none, or wants more than is reasonable
   */
  static PaddingScheme read(String text) throws IOException {
    return new PaddingScheme(text);
  }

  private static PaddingScheme known(String text) {
    try {
      return new PaddingScheme(text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static int number(String text, int most) throws IOException {
    if (!text.matches("[0-9]{1,6}") || Integer.parseInt(text) > most) {
      throw new IOException("the padding scheme has a number that is none, or too large");
    }
    return Integer.parseInt(text);
  }

  private static List<Piece> pieces(String text) throws IOException {
    String[] parts = text.split(",", -1);
    if (parts.length > MOST_SIZES) {
      throw new IOException("the padding scheme has too many pieces");
    }
    List<Piece> pieces = new ArrayList<>();
    int bytes = 0;
    for (String part : parts) {
      if (part.strip().equals("c")) {
        pieces.add(new Piece(CHECK, CHECK));
      } else {
        String[] ends = part.strip().split("-", -1);
        int one = number(ends[0], LARGEST);
        int other = number(ends[ends.length - 1], LARGEST);
        pieces.add(new Piece(Math.min(one, other), Math.max(one, other)));
        bytes += Math.max(one, other);
      }
    }
    if (bytes > MOST_BYTES) {
      throw new IOException("the padding scheme fills packets with too much");
    }
    return pieces;
  }

  private static String md5(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has MD5", e);
    }
  }

  /** What servers know it by. */
  String md5() {
    return md5;
  }

  /** The first packet that it says nothing about. */
  int stop() {
    return stop;
  }

  /** The sizes of a packet's pieces, drawn anew, and {@link #CHECK}s; empty: it goes as it is. */
  int[] sizes(int packet, SecureRandom random) {
    List<Piece> pieces = packet < stop ? packets.getOrDefault(packet, List.of()) : List.of();
    int[] sizes = new int[pieces.size()];
    for (int i = 0; i < sizes.length; i++) {
      Piece piece = pieces.get(i);
      sizes[i] = random.nextInt(piece.least(), piece.most() + 1);
    }
    return sizes;
  }
}
