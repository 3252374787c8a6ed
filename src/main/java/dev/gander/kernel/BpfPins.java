package dev.gander.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Maps and links that outlive the process: files in a folder of a bpf file system, which is mounted
 * where it is missing. One thread at a time.
 *
 * <p>Such a file system lasts as long as its mount: in a mount namespace of its own ({@code ip
 * netns exec} makes one) it ends with the last process there.
 */
public final class BpfPins {

  private static final Path ROOT = Path.of("/sys/fs/bpf");

  private final Path folder;

  private BpfPins(Path folder) {
    this.folder = folder;
  }

  /** The pins under {@code name}; nothing is touched before {@link #pin}. No dots in names. */
  public static BpfPins in(String name) {
    return new BpfPins(ROOT.resolve(name));
  }

  /** All folders whose names begin with {@code prefix}, of this and of other owners. */
  public static List<BpfPins> all(String prefix) {
    if (!Files.isDirectory(ROOT)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(ROOT)) {
      return folders
          .filter(folder -> folder.getFileName().toString().startsWith(prefix))
          .filter(Files::isDirectory)
          .map(BpfPins::new)
          .toList();
    } catch (IOException e) {
      throw new KernelException("looking into " + ROOT + ": " + e.getMessage(), 0);
    }
  }

  /** Names of what is pinned. */
  public List<String> names() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new KernelException("looking into " + folder + ": " + e.getMessage(), 0);
    }
  }

  /** A descriptor of what is pinned there, the caller's to close; empty if there is nothing. */
  public OptionalInt open(String name) {
    try (Arena arena = Arena.ofConfined()) {
      long result = Bpf.call(Bpf.OBJ_GET, path(arena, name));
      return result < 0 ? OptionalInt.empty() : OptionalInt.of((int) result);
    }
  }

  /**
   * Pins {@code fd}, in place of what was pinned there.
   *
   * @throws KernelException with the remedy if there is no bpf file system
   */
  public void pin(String name, int fd) {
    mount();
    try (Arena arena = Arena.ofConfined()) {
      Files.createDirectories(folder);
      Files.deleteIfExists(folder.resolve(name));
      MemorySegment attr = path(arena, name);
      attr.set(Libc.INT, 8, fd);
      Libc.checked("pinning " + folder.resolve(name), Bpf.call(Bpf.OBJ_PIN, attr));
    } catch (IOException e) {
      throw new KernelException("pinning in " + folder + ": " + e.getMessage(), 0);
    }
  }

  /** Takes a pin away, if it is there, and the folder with the last one. */
  public void remove(String name) {
    try {
      Files.deleteIfExists(folder.resolve(name));
      Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException e) {
      return; // others are still pinned
    } catch (FileSystemException e) {
      if (Files.exists(folder.resolve(name))) {
        throw new KernelException("unpinning " + folder.resolve(name) + ": " + e.getMessage(), 0);
      }
    } catch (IOException e) {
      throw new KernelException("unpinning " + folder.resolve(name) + ": " + e.getMessage(), 0);
    }
  }

  /** union bpf_attr of OBJ_GET and OBJ_PIN: the path, then the descriptor. */
  private MemorySegment path(Arena arena, String name) {
    MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
    attr.set(Libc.LONG, 0, arena.allocateFrom(folder.resolve(name).toString()).address());
    return attr;
  }

  private static void mount() {
    if (isMounted()) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      long bpf = arena.allocateFrom("bpf").address();
      long root = arena.allocateFrom(ROOT.toString()).address();
      long result = Libc.syscall(SystemCall.MOUNT, bpf, root, bpf, 0, 0, 0);
      Libc.checked(
          "on_exit: keep needs a bpf file system; mounting one (mount -t bpf bpf " + ROOT + ")",
          result);
    }
  }

  /** By the list of mounts: what Java says of a file system's type is wrong for this one. */
  private static boolean isMounted() {
    try {
      String last = "";
      for (String line : Files.readAllLines(Path.of("/proc/thread-self/mounts"))) {
        List<String> fields = List.of(line.split(" ", 4));
        last = fields.get(1).equals(ROOT.toString()) ? fields.get(2) : last;
      }
      return last.equals("bpf");
    } catch (IOException e) {
      throw new KernelException("reading the list of mounts: " + e.getMessage(), 0);
    }
  }
}
