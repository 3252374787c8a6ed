package dev.gander.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A loaded eBPF object: its programs and maps, alive until {@link #close} (and longer where a hook
 * or a pin holds them). Programs and maps are file descriptors that the object owns. Any thread.
 */
public final class BpfObject implements AutoCloseable {

  private static final Object LIBBPF = new Object();

  private final String name;
  private final long object;

  private BpfObject(String name, long object) {
    this.name = name;
    this.object = object;
  }

  /** What is to be loaded; nothing touches the kernel before {@link #load}. */
  public static final class Blueprint {

    private final String name;
    private final byte[] elf;
    private byte[] readOnlyData = {};
    private final List<MaxEntries> sizes = new ArrayList<>();

    private record MaxEntries(String map, int entries) {}

    private record Reused(String map, int fd) {}

    private final List<Reused> reused = new ArrayList<>();

    private @Nullable BpfObject shared;

    private Blueprint(String name, byte[] elf) {
      this.name = name;
      this.elf = elf;
    }

    /** The whole content of .rodata; must have exactly its length. */
    public Blueprint readOnlyData(byte[] data) {
      readOnlyData = data.clone();
      return this;
    }

    /** Another size for a map than the one compiled in. */
    public Blueprint maxEntries(String map, int entries) {
      sizes.add(new MaxEntries(map, entries));
      return this;
    }

    /** Uses a map that exists, of the same shape, in place of a new one; {@code fd} stays yours. */
    public Blueprint reuse(String map, int fd) {
      reused.add(new Reused(map, fd));
      return this;
    }

    /**
     * Uses the maps of {@code other} wherever there is one of the same name, and its variables; the
     * constants stay this object's own. {@code other} must be open when this is loaded.
     */
    public Blueprint shareMaps(BpfObject other) {
      shared = other;
      return this;
    }

    /**
     * Verifies and loads everything.
     *
     * @throws KernelException if the kernel refuses; its message holds the verifier's log in full
     */
    public BpfObject load() {
      LibbpfLibrary.require(LibbpfLibrary.NAME);
      synchronized (LIBBPF) {
        Libbpf.setPrint(MemorySegment.NULL);
        long object = attempt();
        if (object > 0) {
          return new BpfObject(name, object);
        }
        throw refused((int) -object);
      }
    }

    /** Fails once more, this time listening; a good load never pays for the upcall. */
    private KernelException refused(int errno) {
      try (Arena arena = Arena.ofConfined()) {
        Libbpf.Log log = Libbpf.Log.install(arena);
        long again;
        try {
          again = attempt();
        } finally {
          Libbpf.setPrint(MemorySegment.NULL);
        }
        if (again > 0) {
          Libbpf.close(again);
        }
        return new KernelException(
            "loading the eBPF object "
                + name
                + ": "
                + Errno.describe(errno)
                + remedy(errno)
                + "\n"
                + log,
            errno);
      }
    }

    private static String remedy(int errno) {
      return switch (errno) {
        case Errno.EPERM ->
            "; it needs CAP_BPF and CAP_NET_ADMIN (or root), and kernel.lockdown off";
        case Errno.ENOMEM ->
            "; raise the memory limit (systemd: MemoryMax=, LimitMEMLOCK=infinity)";
        case Errno.ENOSYS -> "; this kernel is built without CONFIG_BPF_SYSCALL";
        case Errno.EINVAL, Errno.EACCES ->
            "; Linux 5.17 or newer is needed, and there it is a fault of gander's: please report it"
                + " with all that follows";
        default -> "";
      };
    }

    /** struct bpf_object * of the loaded object, or the negated errno. */
    private long attempt() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment image = arena.allocate(elf.length, 8);
        image.copyFrom(MemorySegment.ofArray(elf));
        long object = Libbpf.openMemory(image);
        if (object <= 0) {
          return object;
        }
        boolean loaded = false;
        try {
          prepare(object);
          int result = Libbpf.load(object);
          loaded = result == 0;
          return loaded ? object : result;
        } finally {
          if (!loaded) {
            Libbpf.close(object);
          }
        }
      }
    }

    private void prepare(long object) {
      if (readOnlyData.length > 0) {
        MemorySegment target = Libbpf.initialValue(found(Libbpf.findMap(object, ".rodata")));
        if (target.byteSize() != readOnlyData.length) {
          throw new IllegalArgumentException(
              ".rodata of %s has %d bytes, not %d"
                  .formatted(name, target.byteSize(), readOnlyData.length));
        }
        target.copyFrom(MemorySegment.ofArray(readOnlyData));
      }
      if (shared != null) {
        share(object, shared);
      }
      for (MaxEntries size : sizes) {
        int result = Libbpf.setMaxEntries(found(Libbpf.findMap(object, size.map)), size.entries);
        Libc.checked("resizing map " + size.map, result);
      }
      for (Reused map : reused) {
        int result = Libbpf.reuse(found(Libbpf.findMap(object, map.map)), map.fd);
        Libc.checked("reusing map " + map.map, result);
      }
    }

    /** Maps of variables are called by their section, behind some of the object's name. */
    private static void share(long object, BpfObject other) {
      for (long map = Libbpf.nextMap(object, 0); map != 0; map = Libbpf.nextMap(object, map)) {
        String full = Libbpf.mapName(map);
        String name = full.substring(Math.max(0, full.indexOf('.')));
        long theirs = name.equals(".rodata") ? 0 : Libbpf.findMap(other.object, name);
        if (theirs != 0) {
          Libc.checked("sharing map " + full, Libbpf.reuse(map, Libbpf.mapFd(theirs)));
        }
      }
    }

    private long found(long pointer) {
      if (pointer == 0) {
        throw new IllegalArgumentException("no such map in " + name);
      }
      return pointer;
    }
  }

  /** A blueprint of the compiled object {@code elf}; {@code name} is for messages. */
  public static Blueprint blueprint(String name, byte[] elf) {
    return new Blueprint(name, elf.clone());
  }

  /** Descriptor of a program, owned by this object. */
  public int program(String program) {
    synchronized (LIBBPF) {
      return Libbpf.programFd(required(Libbpf.findProgram(object, program), program));
    }
  }

  /** A map; valid until this object is closed. */
  public BpfMap map(String map) {
    synchronized (LIBBPF) {
      return BpfMap.of(map, Libbpf.mapFd(required(Libbpf.findMap(object, map), map)));
    }
  }

  private long required(long pointer, String what) {
    if (pointer == 0) {
      throw new IllegalArgumentException("no " + what + " in " + name);
    }
    return pointer;
  }

  /** Gives up the descriptors. Must be called once only. */
  @Override
  public void close() {
    synchronized (LIBBPF) {
      Libbpf.close(object);
    }
  }
}
