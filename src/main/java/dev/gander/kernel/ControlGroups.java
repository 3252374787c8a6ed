package dev.gander.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The version 2 control groups by their number. A number is never given to another one, and a group
 * keeps its path as long as it is there. Any thread.
 */
public final class ControlGroups implements AutoCloseable {

  /** struct file_handle: its length, its kind, the number. */
  private static final int HANDLE_SIZE = 16;

  private static final int HANDLE_BYTES = 8;
  private static final int FILEID_KERNFS = 0xfe;
  private static final int O_PATH_CLOEXEC = 0x20_0000 | 0x8_0000;

  private final Path root;
  private final int rootFd;

  private ControlGroups(Path root, int rootFd) {
    this.root = root;
    this.rootFd = rootFd;
  }

  /**
   * Finds the hierarchy.
   *
   * @throws KernelException if none is mounted
   */
  public static ControlGroups open() {
    Path root = CgroupHook.root();
    return new ControlGroups(root, CgroupHook.open(root));
  }

  /**
   * The path of a group below the root, with a slash before it; empty if it is gone, or we may not
   * know (that takes CAP_DAC_READ_SEARCH). Three system calls.
   */
  public String path(long id) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(HANDLE_SIZE, Long.BYTES);
      handle.set(Libc.INT, 0, HANDLE_BYTES);
      handle.set(Libc.INT, 4, FILEID_KERNFS);
      handle.set(Libc.LONG, 8, id);
      long fd =
          Libc.syscall(
              SystemCall.OPEN_BY_HANDLE_AT, rootFd, handle.address(), O_PATH_CLOEXEC, 0, 0, 0);
      return fd < 0 ? "" : path((int) fd);
    }
  }

  private String path(int fd) {
    try {
      Path there = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd));
      return there.startsWith(root) ? "/" + root.relativize(there) : "";
    } catch (IOException e) {
      return "";
    } finally {
      FileDescriptor.close(fd);
    }
  }

  @Override
  public void close() {
    FileDescriptor.close(rootFd);
  }
}
