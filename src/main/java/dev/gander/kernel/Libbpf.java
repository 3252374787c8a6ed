package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The functions of libbpf.so.1 (1.1 or newer) that load an object; everything else is bpf(2).
 *
 * <p>All are called through the shape of {@link Libc#syscall}: integers and pointers travel in the
 * same registers, surplus ones are ignored by the callee, and a shape that exists already costs no
 * start-up time. A function that returns int leaves rubbish in the upper half: cast the result.
 *
 * <p>Loaded when first used; whoever does so asks {@link LibbpfLibrary} first. Any one thread at a
 * time ({@link BpfObject} holds the lock), because libbpf's log sink is one for the process.
 */
final class Libbpf {

  private static final int LONGEST_NAME = 256;

  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG);
  private static final SymbolLookup LIBRARY = LibbpfLibrary.require(LibbpfLibrary.NAME);

  private static final MethodHandle OPEN_MEM = function("bpf_object__open_mem");
  private static final MethodHandle LOAD = function("bpf_object__load");
  private static final MethodHandle CLOSE = function("bpf_object__close");
  private static final MethodHandle FIND_MAP = function("bpf_object__find_map_by_name");
  private static final MethodHandle FIND_PROGRAM = function("bpf_object__find_program_by_name");
  private static final MethodHandle MAP_FD = function("bpf_map__fd");
  private static final MethodHandle PROGRAM_FD = function("bpf_program__fd");
  private static final MethodHandle INITIAL_VALUE = function("bpf_map__initial_value");
  private static final MethodHandle SET_MAX_ENTRIES = function("bpf_map__set_max_entries");
  private static final MethodHandle NEXT_MAP = function("bpf_object__next_map");
  private static final MethodHandle MAP_NAME = function("bpf_map__name");
  private static final MethodHandle REUSE_FD = function("bpf_map__reuse_fd");
  private static final MethodHandle SET_PRINT = function("libbpf_set_print");

  private Libbpf() {}

  /** struct bpf_object *, or the negated errno. */
  static long openMemory(MemorySegment elf) {
    long object = call(OPEN_MEM, elf.address(), elf.byteSize(), 0);
    return object == 0 ? -Libc.errno(Libc.captured()) : object;
  }

  /** 0 or the negated errno. */
  static int load(long object) {
    return (int) call(LOAD, object, 0, 0);
  }

  static void close(long object) {
    call(CLOSE, object, 0, 0);
  }

  /** struct bpf_map *, or 0. */
  static long findMap(long object, String name) {
    return named(FIND_MAP, object, name);
  }

  /** struct bpf_program *, or 0. */
  static long findProgram(long object, String name) {
    return named(FIND_PROGRAM, object, name);
  }

  /** The map behind {@code map}, the first behind 0, or 0. */
  static long nextMap(long object, long map) {
    return call(NEXT_MAP, object, map, 0);
  }

  static String mapName(long map) {
    return MemorySegment.ofAddress(call(MAP_NAME, map, 0, 0))
        .reinterpret(LONGEST_NAME)
        .getString(0);
  }

  static int mapFd(long map) {
    return (int) call(MAP_FD, map, 0, 0);
  }

  static int programFd(long program) {
    return (int) call(PROGRAM_FD, program, 0, 0);
  }

  /** What the map will hold after the load (of .rodata and the like), or an empty segment. */
  static MemorySegment initialValue(long map) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
      long address = call(INITIAL_VALUE, map, size.address(), 0);
      return address == 0
          ? MemorySegment.NULL
          : MemorySegment.ofAddress(address).reinterpret(size.get(ValueLayout.JAVA_LONG, 0));
    }
  }

  static int setMaxEntries(long map, int entries) {
    return (int) call(SET_MAX_ENTRIES, map, entries, 0);
  }

  /** The map will be the one behind {@code fd}, which libbpf duplicates. */
  static int reuse(long map, int fd) {
    return (int) call(REUSE_FD, map, fd, 0);
  }

  /** Where libbpf's messages go; NULL is nowhere (its own default is standard error). */
  static void setPrint(MemorySegment function) {
    call(SET_PRINT, function.address(), 0, 0);
  }

  private static long named(MethodHandle function, long object, String name) {
    try (Arena arena = Arena.ofConfined()) {
      return call(function, object, arena.allocateFrom(name).address(), 0);
    }
  }

  private static long call(MethodHandle function, long a, long b, long c) {
    try {
      return (long) function.invokeExact(Libc.captured(), a, b, c, 0L, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw new AssertionError("a foreign function cannot throw", t);
    }
  }

  private static MethodHandle function(String name) {
    return Libc.function(
        LIBRARY,
        name,
        SHAPE,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(1));
  }

  /** Collects libbpf's messages, the verifier's log among them. Made only after a load failed. */
  static final class Log {

    /** libbpf gives the verifier at most 16 MiB; some room for its own words. */
    private static final long LONGEST_MESSAGE = (16 << 20) + 4096;

    private static final int LEVEL_DEBUG = 2;

    private final StringBuilder text = new StringBuilder();
    private final MemorySegment message;
    private final MethodHandle vsnprintf =
        Libc.function(
            Libc.libc(),
            "vsnprintf",
            SHAPE,
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(1));

    private Log(Arena arena) {
      message = arena.allocate(LONGEST_MESSAGE);
    }

    /**
     * Sends libbpf's messages to a new log while {@code arena} lives; the caller resets the sink.
     */
    static Log install(Arena arena) {
      Log log = new Log(arena);
      try {
        MethodHandle print =
            MethodHandles.lookup()
                .bind(
                    log,
                    "print",
                    MethodType.methodType(
                        int.class, int.class, MemorySegment.class, MemorySegment.class));
        setPrint(
            Linker.nativeLinker()
                .upcallStub(
                    print,
                    FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.ADDRESS),
                    arena));
      } catch (ReflectiveOperationException e) {
        throw new LinkageError("print is declared below", e);
      }
      return log;
    }

    /** libbpf_print_fn_t; a va_list is a pointer on x86-64 and goes by reference on aarch64. */
    @SuppressWarnings("unused") // called by libbpf
    private int print(int level, MemorySegment format, MemorySegment arguments) {
      if (level < LEVEL_DEBUG) {
        call4(message.address(), message.byteSize(), format.address(), arguments.address());
        text.append(message.getString(0));
      }
      return 0;
    }

    private void call4(long buffer, long size, long format, long arguments) {
      try {
        long length =
            (long)
                vsnprintf.invokeExact(Libc.captured(), buffer, size, format, arguments, 0L, 0L, 0L);
        if ((int) length < 0) {
          message.setString(0, "(a message that could not be formatted)\n");
        }
      } catch (Throwable t) {
        throw new AssertionError("vsnprintf() itself cannot throw", t);
      }
    }

    @Override
    public String toString() {
      return text.toString().stripTrailing();
    }
  }
}
