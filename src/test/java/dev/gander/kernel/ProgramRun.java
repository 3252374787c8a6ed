package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** BPF_PROG_TEST_RUN: a program on a packet of ours, on the loopback of the caller's namespace. */
public final class ProgramRun {

  private static final int EXTRA = 2048;

  private ProgramRun() {}

  /** What the program returned, the mean duration of a run, the packet as the last run left it. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Result(int retval, int nanos, byte[] packet) {}

  /** {@code packet} has at least 14 bytes; it is not reset between repetitions. */
  public static Result run(int program, byte[] packet, int repeat) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(packet.length, 8);
      in.copyFrom(MemorySegment.ofArray(packet));
      MemorySegment out = arena.allocate(packet.length + EXTRA, 8);
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, program);
      attr.set(Libc.INT, 8, packet.length);
      attr.set(Libc.INT, 12, (int) out.byteSize());
      attr.set(Libc.LONG, 16, in.address());
      attr.set(Libc.LONG, 24, out.address());
      attr.set(Libc.INT, 32, repeat);
      Libc.checked("running a program", Bpf.call(Bpf.PROG_TEST_RUN, attr));
      return new Result(
          attr.get(Libc.INT, 4),
          attr.get(Libc.INT, 36),
          out.asSlice(0, attr.get(Libc.INT, 12)).toArray(Libc.BYTE));
    }
  }
}
