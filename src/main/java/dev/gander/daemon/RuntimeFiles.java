package dev.gander.daemon;

import dev.gander.intercept.KernelParameters;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The files of one running daemon: {@code gander.pid}, {@code gander.progress}, {@code
 * gander.abort}, {@code gander.sock}, {@code gander.parameters} and the lock that lets one daemon
 * have one directory. What a killed daemon left there is removed by the next one's {@link #claim},
 * but for what kernel parameters were.
 */
public final class RuntimeFiles implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.gander.daemon");
  private static final String LOCK = "gander.lock";
  private static final String PID = "gander.pid";
  private static final String PROGRESS = "gander.progress";
  private static final String ABORT = "gander.abort";
  private static final String SOCKET = "gander.sock";
  private static final String PARAMETERS = "gander.parameters";

  private final Path directory;
  private final FileChannel lock;

  private final boolean madeDirectory;

  private RuntimeFiles(Path directory, FileChannel lock, boolean madeDirectory) {
    this.directory = directory;
    this.lock = lock;
    this.madeDirectory = madeDirectory;
  }

  /**
   * {@code /run/gander} for root, else {@code $XDG_RUNTIME_DIR/gander} or {@code /tmp/gander-UID}.
   */
  public static Path defaultDirectory(Map<String, String> environment) {
    int uid = uid();
    if (uid == 0) {
      return Path.of("/run/gander");
    }
    String perUser = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    return perUser.isEmpty() ? Path.of("/tmp/gander-" + uid) : Path.of(perUser, "gander");
  }

  /** The user this process runs as. */
  public static int uid() {
    try {
      return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the owner of /proc/self: " + e.getMessage(), e);
    }
  }

  /**
   * Makes the directory if need be, takes its lock, and removes what an earlier daemon left.
   *
   * @throws StartException if another daemon has it, or it cannot be written or is not ours alone
   */
  static RuntimeFiles claim(Path directory) throws StartException {
    try {
      boolean made = makeDirectory(directory);
      RuntimeFiles files = new RuntimeFiles(directory, takeLock(directory), made);
      files.removeAllButTheLock();
      return files;
    } catch (IOException e) {
      throw new StartException(
          "cannot use the run-time directory "
              + directory
              + ": "
              + Failures.reason(e)
              + "; choose another with --runtime-dir DIR",
          e);
    }
  }

  private static boolean makeDirectory(Path directory) throws IOException, StartException {
    boolean absent = !Files.isDirectory(directory);
    if (absent) {
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      String mode = uid() == 0 ? "rwxr-xr-x" : "rwx------";
      Files.createDirectory(
          directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
    }
    // In /tmp anyone could have made it first, and then could answer in our name.
    int owner = (int) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (owner != uid() || Files.isSymbolicLink(directory)) {
      throw new StartException(
          "the run-time directory "
              + directory
              + " belongs to user "
              + owner
              + (Files.isSymbolicLink(directory) ? " and is a symbolic link" : "")
              + "; remove it, or choose another with --runtime-dir DIR");
    }
    return absent;
  }

  /**
   * A daemon that ends removes its lock file while it holds the lock, so a lock counts only if the
   * name still means the file that was locked. While it is held, this process must not open the
   * file again: closing any descriptor of it would give up the lock, fcntl(2).
   */
  private static FileChannel takeLock(Path directory) throws IOException, StartException {
    Path file = directory.toRealPath().resolve(LOCK);
    while (true) {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (!tryLock(channel)) {
        channel.close();
        throw new StartException(
            "another gander"
                + pidIn(file).map(pid -> " (pid " + pid + ")").orElse("")
                + " already runs with the run-time directory "
                + directory
                + "; end it, or give this one a directory of its own with --runtime-dir DIR");
      }
      if (!wasRemoved(file)) {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(ownPid()), 0);
        return channel;
      }
      channel.close();
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // held by this very process, as in tests
    }
  }

  private void removeAllButTheLock() throws IOException {
    for (String name : Set.of(PID, PROGRESS, ABORT, SOCKET)) {
      Files.deleteIfExists(directory.resolve(name));
    }
  }

  /** Whether the file that this process has open by that name has been removed meanwhile. */
  private static boolean wasRemoved(Path file) throws IOException {
    String removed = file.toAbsolutePath().normalize() + " (deleted)"; // as proc(5) marks it
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        if (Files.isSymbolicLink(descriptor)
            && Files.readSymbolicLink(descriptor).toString().equals(removed)) {
          return true;
        }
      }
      return false;
    }
  }

  private static byte[] ownPid() {
    return (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** The process that has {@code directory}, whether it still lives or not. */
  public static Optional<Long> pidOf(Path directory) {
    return pidIn(directory.resolve(LOCK));
  }

  private static Optional<Long> pidIn(Path file) {
    try {
      return Optional.of(Long.valueOf(Files.readString(file).strip()));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** The control socket of the daemon that has {@code directory}. */
  public static Path controlSocket(Path directory) {
    return directory.resolve(SOCKET);
  }

  Path directory() {
    return directory;
  }

  void writePid() throws IOException {
    replace(PID, ownPid());
  }

  void writeProgress(Progress progress) throws IOException {
    replace(PROGRESS, progress.toBytes());
  }

  /** A reader sees the old file or the new one, never a half. */
  private void replace(String name, byte[] content) throws IOException {
    Path draft = directory.resolve(name + ".tmp");
    Files.write(draft, content);
    Files.move(
        draft,
        directory.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** What the progress file of {@code directory} says; empty before the first reload. */
  static Optional<Progress> readProgress(Path directory) throws IOException {
    return Progress.read(directory.resolve(PROGRESS));
  }

  /** What kernel parameters were; outlives the daemon if it is killed. */
  KernelParameters.Memory parameters() {
    Path file = directory.resolve(PARAMETERS);
    return new KernelParameters.Memory() {
      @Override
      public String load() throws IOException {
        return Files.exists(file) ? Files.readString(file) : "";
      }

      @Override
      public void save(String text) throws IOException {
        if (text.isEmpty()) {
          Files.deleteIfExists(file);
        } else {
          replace(PARAMETERS, text.getBytes(StandardCharsets.UTF_8));
        }
      }
    };
  }

  /** True once per {@code gander.abort}: the next switch waits for nothing in flight. */
  boolean takeAbort() throws IOException {
    return Files.deleteIfExists(directory.resolve(ABORT));
  }

  /** Removes everything, the lock last; then the directory if {@link #claim} made it. */
  @Override
  public void close() throws IOException {
    removeAllButTheLock();
    Files.deleteIfExists(directory.resolve(LOCK));
    if (madeDirectory) {
      try {
        Files.deleteIfExists(directory);
      } catch (DirectoryNotEmptyException e) {
        LOG.log(Level.DEBUG, "{0} is not empty and stays", directory);
      }
    }
    lock.close();
  }
}
