package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A TCX link: a descriptor that, when closed, takes the program off, unless it is pinned. */
record TcxLink(int fd) implements TcHook {

  /** The kernel has no more on one hook (BPF_MPROG_MAX). */
  private static final int MOST_PROGRAMS = 64;

  /** Where struct bpf_prog_info has it. */
  private static final int PROGRAM_NAME = 64;

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

  /** Names of all programs that are linked there. */
  static List<String> programs(int ifindex, Direction direction) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ids = arena.allocate(4L * MOST_PROGRAMS, 8);
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, ifindex);
      attr.set(Libc.INT, 4, direction == Direction.INGRESS ? Bpf.TCX_INGRESS : Bpf.TCX_EGRESS);
      attr.set(Libc.LONG, 16, ids.address());
      attr.set(Libc.INT, 24, MOST_PROGRAMS);
      List<String> names = new ArrayList<>();
      if (Bpf.call(Bpf.PROG_QUERY, attr) >= 0) {
        for (int i = 0; i < attr.get(Libc.INT, 24); i++) {
          names.add(programName(ids.get(Libc.INT, 4L * i)));
        }
      }
      return names;
    }
  }

  private static String programName(int id) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, id);
      long program = Bpf.call(Bpf.PROG_GET_FD_BY_ID, attr);
      if (program < 0) {
        return "program " + id;
      }
      try {
        MemorySegment info = arena.allocate(128, 8);
        MemorySegment question = arena.allocate(Bpf.ATTR_SIZE, 8);
        question.set(Libc.INT, 0, (int) program);
        question.set(Libc.INT, 4, (int) info.byteSize());
        question.set(Libc.LONG, 8, info.address());
        return Bpf.call(Bpf.OBJ_GET_INFO_BY_FD, question) < 0
            ? "program " + id
            : info.getString(PROGRAM_NAME);
      } finally {
        FileDescriptor.close((int) program);
      }
    }
  }

  /** The pinned link, if it is still one of the interface. */
  static Optional<TcxLink> pinned(BpfPins pins, String pin, int ifindex) {
    OptionalInt fd = pins.open(pin);
    if (fd.isEmpty()) {
      return Optional.empty();
    }
    TcxLink link = new TcxLink(fd.getAsInt());
    if (link.ifindex() == ifindex) {
      return Optional.of(link);
    }
    link.close();
    return Optional.empty();
  }

  /** Another program takes over; no packet misses both. */
  void update(int program) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, fd);
      attr.set(Libc.INT, 4, program);
      Libc.checked("replacing the program of a link", Bpf.call(Bpf.LINK_UPDATE, attr));
    }
  }

  /**
   * struct bpf_link_info: for TCX the interface is behind type, id and program; 0 once it is gone.
   */
  private int ifindex() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(128, 8);
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, fd);
      attr.set(Libc.INT, 4, (int) info.byteSize());
      attr.set(Libc.LONG, 8, info.address());
      return Bpf.call(Bpf.OBJ_GET_INFO_BY_FD, attr) < 0 ? 0 : info.get(Libc.INT, 16);
    }
  }

  @Override
  public boolean isAlive() {
    return ifindex() != 0;
  }

  @Override
  public void pin(BpfPins pins, String name) {
    pins.pin(name, fd);
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
