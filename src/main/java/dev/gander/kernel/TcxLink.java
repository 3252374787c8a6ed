package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A TCX link: a descriptor that, when closed, takes the program off. */
record TcxLink(int fd) implements TcHook {

  static TcxLink create(int program, String name, int ifindex, Direction direction) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, program);
      attr.set(Libc.INT, 4, ifindex);
      attr.set(Libc.INT, 8, direction == Direction.INGRESS ? Bpf.TCX_INGRESS : Bpf.TCX_EGRESS);
      return new TcxLink(
          (int)
              Libc.checked(
                  "attaching " + name + " to interface " + ifindex,
                  Bpf.call(Bpf.LINK_CREATE, attr)));
    }
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
