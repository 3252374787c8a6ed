package dev.gander.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program that runs whenever a process of the machine makes or uses a socket: a link on the root
 * of the version 2 control groups, beside those of others. It ends with the process. Any thread.
 */
public final class CgroupHook implements AutoCloseable {

  /** What runs the program; numbers of enum bpf_attach_type. */
  public enum Event {
    SOCK_CREATE(2),
    CONNECT4(10),
    CONNECT6(11),
    SENDMSG4(14),
    SENDMSG6(15);

    private final int number;

    Event(int number) {
      this.number = number;
    }
  }

  private static final int AT_FDCWD = -100;
  private static final int O_DIRECTORY_CLOEXEC = 0x1_0000 | 0x8_0000;

  private final int fd;

  private CgroupHook(int fd) {
    this.fd = fd;
  }

  /**
   * Attaches {@code program} (a descriptor of {@link BpfObject#program}).
   *
   * @throws KernelException if no such hierarchy is mounted, or the kernel refuses
   */
  public static CgroupHook attach(int program, Event event) {
    int root = open(root());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, program);
      attr.set(Libc.INT, 4, root);
      attr.set(Libc.INT, 8, event.number);
      String what = "attaching to " + event + " of the root control group";
      return new CgroupHook((int) Libc.checked(what, Bpf.call(Bpf.LINK_CREATE, attr)));
    } finally {
      FileDescriptor.close(root);
    }
  }

  /** A descriptor of the directory. */
  static int open(Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          Libc.checked(
              "opening " + directory,
              Libc.syscall(
                  SystemCall.OPENAT,
                  AT_FDCWD,
                  arena.allocateFrom(directory.toString()).address(),
                  O_DIRECTORY_CLOEXEC,
                  0,
                  0,
                  0));
    }
  }

  /** Where the hierarchy is mounted: /sys/fs/cgroup, or below it beside version 1. */
  static Path root() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/thread-self/mounts"))) {
        String[] fields = line.split(" ", -1);
        if (fields.length > 2 && fields[2].equals("cgroup2")) {
          return Path.of(fields[1]);
        }
      }
    } catch (IOException e) {
      throw new KernelException("reading the mounts: " + e.getMessage(), 0);
    }
    throw new KernelException(
        "wan_interface needs version 2 of control groups, which are not mounted here: mount -t"
            + " cgroup2 none /sys/fs/cgroup",
        Errno.ENODEV);
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
