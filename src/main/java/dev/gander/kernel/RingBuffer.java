package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * What a program has put into a BPF_MAP_TYPE_RINGBUF, read in place (kernel/bpf/ringbuf.c): a page
 * with the reader's position, a page with the writer's, then the data, mapped twice in a row so
 * that no record is cut in two. One reader at a time.
 */
public final class RingBuffer implements AutoCloseable {

  private static final int PAGE = 4096;
  private static final int HEADER = 8;
  private static final int BUSY = 1 << 31;
  private static final int DISCARDED = 1 << 30;
  private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle LONG_WORD = ValueLayout.JAVA_LONG.varHandle();

  private final Arena arena = Arena.ofShared();
  private final MemorySegment reader;
  private final MemorySegment writer;
  private final long mask;

  /**
   * @param bytes of data, a power of two
   * @throws KernelException if it cannot be mapped
   */
  RingBuffer(int fd, int bytes) {
    mask = bytes - 1L;
    reader = map(fd, 0, PAGE, BpfMap.PROT_READ | BpfMap.PROT_WRITE);
    writer = map(fd, PAGE, PAGE + 2L * bytes, BpfMap.PROT_READ);
  }

  private MemorySegment map(int fd, long offset, long bytes, int protection) {
    long address =
        Libc.checked(
            "mapping a ring buffer",
            Libc.syscall(SystemCall.MMAP, 0, bytes, protection, BpfMap.MAP_SHARED, fd, offset));
    return MemorySegment.ofAddress(address)
        .reinterpret(
            bytes,
            arena,
            mapped -> Libc.syscall(SystemCall.MUNMAP, mapped.address(), bytes, 0, 0, 0, 0));
  }

  /**
   * Hands each record there is to {@code record}, in the machine's byte order, valid during the
   * call.
   *
   * @return how many there were
   */
  public int drain(Consumer<ByteBuffer> record) {
    long at = (long) LONG_WORD.getVolatile(reader, 0L);
    long end = (long) LONG_WORD.getVolatile(writer, 0L);
    int count = 0;
    while (at < end) {
      long header = PAGE + (at & mask);
      int length = (int) WORD.getVolatile(writer, header);
      if ((length & BUSY) != 0) {
        break;
      }
      int bytes = length & ~(BUSY | DISCARDED);
      if ((length & DISCARDED) == 0) {
        record.accept(
            writer.asSlice(header + HEADER, bytes).asByteBuffer().order(ByteOrder.nativeOrder()));
        count++;
      }
      at += (bytes + HEADER + 7) & ~7;
      LONG_WORD.setVolatile(reader, 0L, at);
    }
    return count;
  }

  /** Unmaps. */
  @Override
  public void close() {
    arena.close();
  }
}
