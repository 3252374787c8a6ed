package dev.gander.kernel;

/** What the room does with raw descriptors. */
final class FileDescriptor {

  private FileDescriptor() {}

  /** dup3(2): the number {@code old} means what {@code from} means, and is closed on exec. */
  static void replace(int old, int from) {
    int cloexec = 0x8_0000;
    Libc.checked(
        "replace a descriptor", Libc.syscall(SystemCall.DUP3, from, old, cloexec, 0, 0, 0));
  }

  /** close(2). Its error says nothing that could be acted on: the descriptor is gone either way. */
  static void close(int fd) {
    Libc.syscall(SystemCall.CLOSE, fd, 0, 0, 0, 0, 0);
  }
}
