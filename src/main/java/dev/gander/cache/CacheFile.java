package dev.gander.cache;

import dev.gander.clock.Clock;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Set;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * The cache on disk, so that a restart does not forget. Written whole into a new file that then
 * takes the old one's place; read only if it is sound and was written under the same scope. One
 * thread at a time. docs/CACHE.md has the format.
 */
public final class CacheFile {

  /** What came of reading the file. */
  public sealed interface Restored {

    /** So many answers are back in the cache; so many more were gone or made no sense. */
    record Answers(int kept, int left) implements Restored {}

    /** There is nothing to be had, and nothing wrong with that. */
    record Nothing(String reason) implements Restored {}

    /**
     * The file is not what it should be.
     *
     * @param aside where it is now
     */
    record Damaged(String reason, Path aside) implements Restored {}
  }

  static final int VERSION = 1;

  private static final byte[] MAGIC = "GANDERAC".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGEST = 32;
  private static final int HEADER = MAGIC.length + 4 + DIGEST + 8;
  private static final int CHECKSUM = 4;
  private static final int BUFFER = 1 << 16;
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  /** Above this a file is not read, whoever wrote it. */
  private static final long MAX_BYTES = 1L << 30;

  private final Path file;
  private final Clock clock;

  /** The file need not exist; its folder must by the time it is written. */
  public CacheFile(Path file, Clock clock) {
    this.file = file;
    this.clock = clock;
  }

  /**
   * Writes every answer of a server that is in {@code cache}, atomically and for its owner's eyes
   * only.
   *
   * @param scope all that decides what answers are; {@link #restore} asks for the same
   * @return how many
   * @throws IOException if it cannot be written; the old file is then untouched
   */
  public int save(AnswerCache cache, String scope) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    try {
      Files.createFile(fresh, OWNER_ONLY);
      int count;
      try (FileOutputStream out = new FileOutputStream(fresh.toFile())) {
        count = write(out, cache, scope);
        out.getFD().sync();
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      return count;
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private int write(OutputStream file, AnswerCache cache, String scope) throws IOException {
    CheckedOutputStream summed = new CheckedOutputStream(file, new CRC32C());
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(summed, BUFFER));
    out.write(MAGIC);
    out.writeInt(VERSION);
    out.write(digest(scope));
    out.writeLong(clock.epochMillis());
    SavedEntry.Writer writer = new SavedEntry.Writer(out, clock);
    cache.forEach(writer::write);
    int count = writer.finish();
    out.flush();
    out.writeInt((int) summed.getChecksum().getValue());
    out.flush();
    return count;
  }

  /**
   * Reads the file into {@code cache}. What has ended meanwhile comes back as stale, if that is
   * allowed; what the cache has learnt since it was made stays. A file that is damaged or of
   * another make is renamed to {@code NAME.damaged}. Ends early if the thread is interrupted.
   *
   * @throws IOException if the file is there and cannot be read or renamed
   */
  public Restored restore(AnswerCache cache, String scope) throws IOException {
    try {
      String fault = fault();
      if (!fault.isEmpty()) {
        return setAside(fault);
      }
      InputStream bytes = new BufferedInputStream(Files.newInputStream(file), BUFFER);
      try (DataInputStream in = new DataInputStream(bytes)) {
        return read(in, cache, scope);
      }
    } catch (NoSuchFileException e) {
      return new Restored.Nothing("there is no " + file + " yet");
    } catch (EOFException e) {
      return setAside("its entries overrun it");
    }
  }

  private Restored setAside(String fault) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + ".damaged");
    Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
    return new Restored.Damaged(fault, aside);
  }

  /** What is wrong with the file as a whole; empty if nothing is. */
  private String fault() throws IOException {
    long size = Files.size(file);
    if (size > MAX_BYTES) {
      return "it has " + size + " bytes";
    }
    if (size < HEADER + CHECKSUM) {
      return "it is too short";
    }
    CRC32C sum = new CRC32C();
    try (InputStream bytes = Files.newInputStream(file);
        DataInputStream in = new DataInputStream(bytes)) {
      byte[] buffer = in.readNBytes(MAGIC.length);
      if (!Arrays.equals(buffer, MAGIC)) {
        return "it is no cache of gander's";
      }
      sum.update(buffer);
      long left = size - CHECKSUM - MAGIC.length;
      while (left > 0) {
        buffer = in.readNBytes((int) Math.min(left, BUFFER));
        if (buffer.length == 0) {
          return "it became shorter";
        }
        sum.update(buffer);
        left -= buffer.length;
      }
      return in.readInt() == (int) sum.getValue() ? "" : "its checksum does not fit";
    }
  }

  private Restored read(DataInputStream in, AnswerCache cache, String scope) throws IOException {
    in.skipNBytes(MAGIC.length);
    int version = in.readInt();
    if (version != VERSION) {
      return setAside("it is of version " + version + ", not " + VERSION);
    }
    if (!Arrays.equals(in.readNBytes(DIGEST), digest(scope))) {
      return new Restored.Nothing("it was written under other upstreams or rules");
    }
    return new SavedEntry.Reader(in, clock, in.readLong()).readInto(cache);
  }

  private static byte[] digest(String scope) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(scope.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
