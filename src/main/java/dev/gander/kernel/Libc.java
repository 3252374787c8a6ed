package dev.gander.kernel;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The C library as the room's classes call it. Each call shape costs about 8 ms when its handle is
 * first made (measured on JDK 25), so nearly everything goes through the one shape of {@link
 * #syscall}: six longs in, one long out, errno captured.
 *
 * <p>Per-thread state: the captured errno lives in a thread-confined segment, so that a system call
 * allocates nothing. Virtual threads hand in a segment of a pool instead.
 */
final class Libc {

  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  static final AddressLayout POINTER = ValueLayout.ADDRESS;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> CAPTURED =
      ThreadLocal.withInitial(Libc::newCaptured);

  private static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(1));

  private Libc() {}

  /**
   * syscall(2): the raw result, or the negated errno. Pointers are passed as {@link
   * MemorySegment#address()}; the caller keeps their segments reachable.
   */
  static long syscall(long number, long a, long b, long c, long d, long e, long f) {
    return syscall(CAPTURED.get(), number, a, b, c, d, e, f);
  }

  /**
   * As above with the caller's own segment for errno, of {@link #newCaptured}: for virtual threads,
   * which would each make one of their own, and for loops that spare the thread-local's look-up.
   */
  static long syscall(
      MemorySegment captured, long number, long a, long b, long c, long d, long e, long f) {
    long result;
    try {
      result = (long) SYSCALL.invokeExact(captured, number, a, b, c, d, e, f);
    } catch (Throwable t) {
      throw new AssertionError("syscall() itself cannot throw", t);
    }
    return result == -1 ? -errno(captured) : result;
  }

  /** As {@link #syscall}, for calls of few arguments, throwing on an error. */
  static long checked(String what, long result) {
    if (result < 0) {
      int errno = (int) -result;
      throw new KernelException(what + ": " + Errno.describe(errno), errno);
    }
    return result;
  }

  /**
   * A downcall handle of libc or of {@code library}; with errno captured into {@link #captured}.
   */
  static MethodHandle function(
      SymbolLookup library, String name, FunctionDescriptor shape, Linker.Option... options) {
    return LINKER.downcallHandle(library.findOrThrow(name), shape, options);
  }

  static SymbolLookup libc() {
    return LINKER.defaultLookup();
  }

  static MemorySegment captured() {
    return CAPTURED.get();
  }

  /** A segment for errno that one thread at a time may use; it lives as long as it is reachable. */
  static MemorySegment newCaptured() {
    return Arena.ofAuto().allocate(CAPTURE);
  }

  static int errno(MemorySegment captured) {
    return (int) ERRNO.get(captured, 0L);
  }

  static String strerror(int errno) {
    return Strerror.text(errno);
  }

  /** Loaded only when an error is told, so that a good start does not pay for its handle. */
  private static final class Strerror {
    private static final MethodHandle STRERROR =
        function(
            libc(),
            "strerror",
            FunctionDescriptor.of(
                POINTER.withTargetLayout(MemoryLayout.sequenceLayout(256, BYTE)),
                ValueLayout.JAVA_INT));

    static String text(int errno) {
      try {
        return ((MemorySegment) STRERROR.invokeExact(errno)).getString(0);
      } catch (Throwable t) {
        throw new AssertionError("strerror() itself cannot throw", t);
      }
    }
  }
}
