package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** What hangs on an interface's TCX hook: bpftool of Debian 12 does not know. */
public final class TcxPrograms {

  private static final int MOST = 16;

  private TcxPrograms() {}

  /** Ids of the programs at the ingress of an interface of the caller's namespace. */
  public static List<Integer> ingress(int ifindex) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ids = arena.allocate(4L * MOST, 8);
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, ifindex);
      attr.set(Libc.INT, 4, Bpf.TCX_INGRESS);
      attr.set(Libc.LONG, 16, ids.address());
      attr.set(Libc.INT, 24, MOST);
      Libc.checked("asking for programs", Bpf.call(Bpf.PROG_QUERY, attr));
      List<Integer> programs = new ArrayList<>();
      for (int i = 0; i < attr.get(Libc.INT, 24); i++) {
        programs.add(ids.get(Libc.INT, 4L * i));
      }
      return programs;
    }
  }
}
