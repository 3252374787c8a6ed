package dev.gander.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A map of a {@link BpfObject}. Keys and values are bytes as the C side lays them out, in the
 * machine's byte order. Any thread; one system call per operation.
 */
public final class BpfMap implements AutoCloseable {

  static final int PROT_READ = 1;
  static final int PROT_WRITE = 2;
  static final int MAP_SHARED = 1;
  private static final int ARRAY = 2;
  private static final int LRU_HASH = 9;
  private static final int BPF_F_MMAPABLE = 1 << 10;
  private static final int BPF_F_INNER_MAP = 1 << 12;
  private static final int ANY = 0;

  private final String name;
  private final int fd;
  private final int type;
  private final int keySize;
  private final int valueSize;
  private final int maxEntries;
  private final int flags;

  private BpfMap(String name, int fd, MemorySegment info) {
    this.name = name;
    this.fd = fd;
    this.type = info.get(Libc.INT, 0);
    this.keySize = info.get(Libc.INT, 8);
    this.valueSize = info.get(Libc.INT, 12);
    this.maxEntries = info.get(Libc.INT, 16);
    this.flags = info.get(Libc.INT, 20);
  }

  /** The map behind {@code fd}, with its shape asked of the kernel. */
  static BpfMap of(String name, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(128, 8);
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, fd);
      attr.set(Libc.INT, 4, (int) info.byteSize());
      attr.set(Libc.LONG, 8, info.address());
      Libc.checked("asking about map " + name, Bpf.call(Bpf.OBJ_GET_INFO_BY_FD, attr));
      return new BpfMap(name, fd, info);
    }
  }

  /**
   * A new array to be put into a map of maps; {@link #view} shows it. Close it when it is there.
   *
   * @throws KernelException if there is no memory
   */
  public static BpfMap innerArray(String name, int valueSize, int entries) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, ARRAY);
      attr.set(Libc.INT, 4, Integer.BYTES);
      attr.set(Libc.INT, 8, valueSize);
      attr.set(Libc.INT, 12, entries);
      attr.set(Libc.INT, 16, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
      return of(name, (int) Libc.checked("making " + name, Bpf.call(Bpf.MAP_CREATE, attr)));
    }
  }

  /**
   * A new hash table that forgets what was not used for longest, to be put into a map of maps.
   * Close it when it is there.
   *
   * @throws KernelException if there is no memory
   */
  public static BpfMap innerLruHash(String name, int keySize, int valueSize, int entries) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, LRU_HASH);
      attr.set(Libc.INT, 4, keySize);
      attr.set(Libc.INT, 8, valueSize);
      attr.set(Libc.INT, 12, entries);
      return of(name, (int) Libc.checked("making " + name, Bpf.call(Bpf.MAP_CREATE, attr)));
    }
  }

  /** The descriptor, for a map of maps. */
  public int fd() {
    return fd;
  }

  /** Bytes of kernel memory it takes now, as the kernel counts them. */
  public long kernelBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd))) {
        if (line.startsWith("memlock:")) {
          return Long.parseLong(line.substring(8).strip());
        }
      }
    } catch (IOException e) {
      throw new KernelException("asking about map " + name + ": " + e.getMessage(), 0);
    }
    return 0;
  }

  /** Gives the descriptor up; only for a map of {@link #innerArray} or {@link #innerLruHash}. */
  @Override
  public void close() {
    FileDescriptor.close(fd);
  }

  /** Gives up a descriptor of {@link BpfPins#open}. */
  public static void close(int descriptor) {
    FileDescriptor.close(descriptor);
  }

  public int maxEntries() {
    return maxEntries;
  }

  /** The value (of a per-CPU map: of every possible CPU, each padded to 8 bytes), or null. */
  public byte @Nullable [] lookup(byte[] key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(valueBytes(), 8);
      MemorySegment attr = element(arena, key, value);
      long result = Bpf.call(Bpf.MAP_LOOKUP_ELEM, attr);
      if (result == -Errno.ENOENT) {
        return null;
      }
      Libc.checked("reading map " + name, result);
      return value.toArray(Libc.BYTE);
    }
  }

  /** Sets or replaces. */
  public void update(byte[] key, byte[] value) {
    try (Arena arena = Arena.ofConfined()) {
      if (value.length != valueBytes()) {
        throw new IllegalArgumentException(
            "values of " + name + " have " + valueBytes() + " bytes");
      }
      MemorySegment bytes = arena.allocate(value.length, 8);
      bytes.copyFrom(MemorySegment.ofArray(value));
      MemorySegment attr = element(arena, key, bytes);
      attr.set(Libc.LONG, 24, ANY);
      Libc.checked("writing map " + name, Bpf.call(Bpf.MAP_UPDATE_ELEM, attr));
    }
  }

  /** True if there was such an entry. */
  public boolean delete(byte[] key) {
    try (Arena arena = Arena.ofConfined()) {
      long result = Bpf.call(Bpf.MAP_DELETE_ELEM, element(arena, key, MemorySegment.NULL));
      if (result == -Errno.ENOENT || (result == -Errno.EINVAL && isSockMap())) {
        return false; // an empty slot of a sockmap says EINVAL
      }
      Libc.checked("deleting from map " + name, result);
      return true;
    }
  }

  /** All keys; entries that change meanwhile may be missed or come twice. */
  public List<byte[]> keys() {
    List<byte[]> keys = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment next = arena.allocate(keySize, 8);
      MemorySegment attr = element(arena, new byte[keySize], next);
      MemorySegment current = MemorySegment.ofAddress(attr.get(Libc.LONG, 8)).reinterpret(keySize);
      attr.set(Libc.LONG, 8, 0L);
      long result = Bpf.call(Bpf.MAP_GET_NEXT_KEY, attr);
      while (result == 0 && keys.size() < maxEntries) {
        keys.add(next.toArray(Libc.BYTE));
        current.copyFrom(next);
        attr.set(Libc.LONG, 8, current.address());
        result = Bpf.call(Bpf.MAP_GET_NEXT_KEY, attr);
      }
      if (result != -Errno.ENOENT) {
        Libc.checked("listing map " + name, result);
      }
    }
    return keys;
  }

  /** Writes without allocating after this call. One thread at a time. */
  public Writer writer() {
    return new Writer(this);
  }

  /** A look-up that allocates nothing after this call. One thread only. */
  public Probe probe() {
    return new Probe(this);
  }

  /** The values of an array map made with BPF_F_MMAPABLE, as memory: read without a system call. */
  public View view() {
    return view(PROT_READ);
  }

  /** {@link #view} that can also be written, again without a system call. */
  public View writableView() {
    return view(PROT_READ | PROT_WRITE);
  }

  /** The records of a ring buffer, for the one who reads them. */
  public RingBuffer ring() {
    return new RingBuffer(fd, maxEntries);
  }

  private View view(int protection) {
    if ((flags & BPF_F_MMAPABLE) == 0) {
      throw new IllegalStateException(name + " was not made with BPF_F_MMAPABLE");
    }
    long bytes = ((long) maxEntries * stride() + 4095) & ~4095L;
    long address =
        Libc.checked(
            "mapping " + name,
            Libc.syscall(SystemCall.MMAP, 0, bytes, protection, MAP_SHARED, fd, 0));
    return new View(address, bytes, stride());
  }

  /** Array elements start at multiples of 8 bytes. */
  private int stride() {
    return (valueSize + 7) & ~7;
  }

  private boolean isPerCpu() {
    return type == 5 || type == 6 || type == 10 || type == 21;
  }

  private boolean isSockMap() {
    return type == 15;
  }

  private int valueBytes() {
    return isPerCpu() ? stride() * KernelFeatures.possibleCpus() : valueSize;
  }

  /** union bpf_attr of the element commands: map_fd, key at 8, value at 16, flags at 24. */
  private MemorySegment element(Arena arena, byte[] key, MemorySegment value) {
    if (key.length != keySize) {
      throw new IllegalArgumentException("keys of " + name + " have " + keySize + " bytes");
    }
    MemorySegment keyBytes = arena.allocate(keySize, 8);
    keyBytes.copyFrom(MemorySegment.ofArray(key));
    MemorySegment attr = arena.allocate(Bpf.ATTR_SIZE, 8);
    attr.set(Libc.INT, 0, fd);
    attr.set(Libc.LONG, 8, keyBytes.address());
    attr.set(Libc.LONG, 16, value.address());
    return attr;
  }

  /** See {@link BpfMap#probe}: fill the key, {@link #find}, read the value. */
  public static final class Probe {

    private final MemorySegment key;
    private final MemorySegment value;
    private final MemorySegment attr;

    private Probe(BpfMap map) {
      Arena arena = Arena.ofAuto();
      key = arena.allocate(map.keySize, 8);
      value = arena.allocate(map.valueBytes(), 8);
      attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, map.fd);
      attr.set(Libc.LONG, 8, key.address());
      attr.set(Libc.LONG, 16, value.address());
    }

    /** Eight bytes of the key in network order. */
    public void keyLong(int offset, long bigEndian) {
      key.set(Libc.LONG, offset, bigEndian(bigEndian));
    }

    /** Two bytes of the key in network order. */
    public void keyShort(int offset, int bigEndian) {
      key.set(Libc.BYTE, offset, (byte) (bigEndian >>> 8));
      key.set(Libc.BYTE, offset + 1, (byte) bigEndian);
    }

    /** Looks the key up; one system call. */
    public boolean find() {
      return Bpf.call(Bpf.MAP_LOOKUP_ELEM, attr) == 0;
    }

    /** Four bytes of the value found, in the machine's order. */
    public int valueInt(int offset) {
      return value.get(Libc.INT, offset);
    }

    private static long bigEndian(long value) {
      return java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.BIG_ENDIAN
          ? value
          : Long.reverseBytes(value);
    }
  }

  /** See {@link BpfMap#writer}: fill key and {@link #value}, then {@link #update}. */
  public static final class Writer {

    private final BpfMap map;
    private final MemorySegment key;
    private final MemorySegment attr;
    private final ByteBuffer value;

    private Writer(BpfMap map) {
      this.map = map;
      Arena arena = Arena.ofAuto();
      key = arena.allocate(map.keySize, 8);
      MemorySegment bytes = arena.allocate(map.valueBytes(), 8);
      value = bytes.asByteBuffer().order(ByteOrder.nativeOrder());
      attr = arena.allocate(Bpf.ATTR_SIZE, 8);
      attr.set(Libc.INT, 0, map.fd);
      attr.set(Libc.LONG, 8, key.address());
      attr.set(Libc.LONG, 16, bytes.address());
    }

    /** The value to be written, in the machine's order; it keeps what was last written. */
    public ByteBuffer value() {
      return value;
    }

    /** The key to be written under, in network order; it keeps what it last was. */
    public ByteBuffer key() {
      return key.asByteBuffer();
    }

    /** {@link #update()} where keys are numbers in the machine's order. */
    public void update(int newKey) {
      key.set(Libc.INT, 0, newKey);
      update();
    }

    /** Sets or replaces; one system call. */
    public void update() {
      Libc.checked("writing map " + map.name, Bpf.call(Bpf.MAP_UPDATE_ELEM, attr));
    }
  }

  /** See {@link BpfMap#view}. Any thread; reading after {@link #close} throws. */
  public static final class View implements AutoCloseable {

    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG_WORD = ValueLayout.JAVA_LONG.varHandle();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final long stride;

    private View(long address, long bytes, long stride) {
      this.stride = stride;
      this.memory =
          MemorySegment.ofAddress(address)
              .reinterpret(
                  bytes,
                  arena,
                  mapped -> Libc.syscall(SystemCall.MUNMAP, mapped.address(), bytes, 0, 0, 0, 0));
    }

    /** One byte of element {@code index}, unsigned. */
    public int byteAt(int index, int offset) {
      return memory.get(Libc.BYTE, index * stride + offset) & 0xff;
    }

    /** Two bytes in the machine's order, unsigned. */
    public int shortAt(int index, int offset) {
      return memory.get(Libc.SHORT, index * stride + offset) & 0xffff;
    }

    /** Four bytes in the machine's order. */
    public int intAt(int index, int offset) {
      return memory.get(Libc.INT, index * stride + offset);
    }

    /** Eight bytes in the machine's order. */
    public long longAt(int index, int offset) {
      return memory.get(Libc.LONG, index * stride + offset);
    }

    /** Writes eight bytes; only of a writable view, as all that follow. */
    public void setLong(int index, int offset, long value) {
      memory.set(Libc.LONG, index * stride + offset, value);
    }

    /** Writes all that the buffer holds from the first element on, which must be without gaps. */
    public void write(ByteBuffer bytes) {
      MemorySegment.copy(MemorySegment.ofBuffer(bytes), 0, memory, 0, bytes.remaining());
    }

    /** Writes all that the buffer holds into one element. */
    public void write(int index, int offset, ByteBuffer bytes) {
      MemorySegment from = MemorySegment.ofBuffer(bytes);
      MemorySegment.copy(from, 0, memory, index * stride + offset, bytes.remaining());
    }

    /** Copies bytes of one element to another, or to another place in it that does not overlap. */
    public void copy(int fromIndex, int fromOffset, int toIndex, int toOffset, int bytes) {
      long from = fromIndex * stride + fromOffset;
      MemorySegment.copy(memory, from, memory, toIndex * stride + toOffset, bytes);
    }

    /** Writes four bytes, after everything written before. Aligned. */
    public void publishInt(int index, int offset, int value) {
      WORD.setVolatile(memory, index * stride + offset, value);
    }

    /** Writes eight bytes in one step, after everything written before. Aligned. */
    public void publishLong(int index, int offset, long value) {
      LONG_WORD.setVolatile(memory, index * stride + offset, value);
    }

    /** Writes four bytes. */
    public void setInt(int index, int offset, int value) {
      memory.set(Libc.INT, index * stride + offset, value);
    }

    /** Writes two bytes. */
    public void setShort(int index, int offset, int value) {
      memory.set(Libc.SHORT, index * stride + offset, (short) value);
    }

    /**
     * Reads bits of four bytes and sets them to 0, in one step even against the kernel. Aligned.
     */
    public int takeBits(int index, int offset, int mask) {
      return mask & (int) WORD.getAndBitwiseAnd(memory, index * stride + offset, ~mask);
    }

    /** Unmaps. */
    @Override
    public void close() {
      arena.close();
    }
  }
}
