package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** A thread without any capability, as all of gander is when it is not started by root. */
public final class Unprivileged {

  private static final int CAPSET = SystemCall.number(126, 91);
  private static final int VERSION_3 = 0x2008_0522;

  private Unprivileged() {}

  /** Runs {@code task} on such a thread; what it throws is the cause of what is thrown here. */
  public static <T> T call(Callable<T> task) throws Exception {
    FutureTask<T> work =
        new FutureTask<>(() -> {
          dropCapabilities();
          return task.call();
        });
    Thread.ofPlatform().start(work);
    return work.get();
  }

  /** capset(2) concerns the calling thread alone. */
  private static void dropCapabilities() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocate(8, 4);
      header.set(Libc.INT, 0, VERSION_3);
      MemorySegment none = arena.allocate(24, 4);
      Libc.checked("capset", Libc.syscall(CAPSET, header.address(), none.address(), 0, 0, 0, 0));
    }
  }
}
