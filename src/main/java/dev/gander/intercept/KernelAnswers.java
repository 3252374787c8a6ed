package dev.gander.intercept;

import dev.gander.intercept.ClientClasses.Part;
import dev.gander.intercept.ClientClasses.Prefix;
import dev.gander.kernel.BpfMap;
import dev.gander.kernel.BpfObject;
import dev.gander.kernel.BpfPins;
import dev.gander.kernel.RingBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The answers that the kernel gives by itself: user space puts them here after it has decided.
 * docs/KERNEL-ANSWERS.md has the rules. Any thread; a put is one system call and no garbage.
 *
 * <p>Nothing is answered while the generation is 0. A reload goes {@link #disable}, {@link
 * #setClasses}, {@link #setBlocked}, {@link #enable}: meanwhile all queries go up, and answers of
 * another generation are never given again.
 */
public final class KernelAnswers implements AutoCloseable {

  /** Receives hits by slot. */
  @FunctionalInterface
  public interface HitSink {
    /** {@code hits} is above 0. */
    void hits(int slot, int hits);
  }

  /**
   * What {@link #enable} switches on.
   *
   * @param generation above 0, another than before
   * @param asis whether an answer may depend on the address asked
   * @param staleTtl TTL in seconds that stale answers show
   * @param sample one of so many answered queries is told; 0 for none
   * @param policy any number the caller knows its configuration by; see {@link #policy}
   */
  public record Mode(int generation, boolean asis, int staleTtl, int sample, long policy) {}

  /** What outlives the process: the answers and all that decides whose they are. */
  private static final List<String> PINNED =
      List.of(
          "controls",
          "answers_small",
          "answers_large",
          "rejects",
          "blocked",
          "classes_by_address",
          "classes_by_mac",
          "classes_by_number",
          "classes_by_process",
          "classes_by_cgroup");

  /** Hits of one answer are told no oftener while it nears its end. */
  private static final long HITS_PAUSE_NANOS = 10_000_000_000L;

  /** One large answer for so many small ones. */
  private static final int LARGE_SHARE = 8;

  /**
   * Places of large ones beyond the capacity: one that is replaced is not written again before so
   * many others are, and whoever is just reading it has done so.
   */
  private static final int SPARE_LARGE = 8;

  private final int capacity;
  private final BpfMap small;
  private final BpfMap large;
  private final BpfMap rejects;
  private final BpfMap blocked;
  private final BpfMap byAddress;
  private final BpfMap byMac;
  private final BpfMap byNumber;
  private final BpfMap byProcess;
  private final BpfMap byGroup;
  private final BpfMap.View control;
  private final BpfMap.View lines;
  private final RingBuffer samples;
  private final AnswerIndex places;
  private final ByteBuffer smallImage =
      ByteBuffer.allocateDirect(Shared.ANSWER_SMALL).order(ByteOrder.nativeOrder());
  private final BpfMap.Writer largeWriter;
  private final NameHash hash;
  private final AnswerImage image;
  private final BpfObject object;
  private final GroupPaths groups;
  private int flags;

  KernelAnswers(BpfObject object, int capacity, GroupPaths groups) {
    this.groups = groups;
    this.object = object;
    this.capacity = capacity;
    small = object.map("answers_small");
    large = object.map("answers_large");
    rejects = object.map("rejects");
    blocked = object.map("blocked");
    byAddress = object.map("classes_by_address");
    byMac = object.map("classes_by_mac");
    byNumber = object.map("classes_by_number");
    byProcess = object.map("classes_by_process");
    byGroup = object.map("classes_by_cgroup");
    control = object.map("controls").writableView();
    lines = small.writableView();
    samples = object.map("samples").ring();
    largeWriter = large.writer();
    places =
        new AnswerIndex(
            lines,
            small.maxEntries(),
            Math.max(1, capacity),
            Math.max(1, capacity / LARGE_SHARE),
            large.maxEntries());
    control.setInt(0, Shared.CONTROL_INDEX_LINES, small.maxEntries());
    flags = control.intAt(0, Shared.CONTROL_FLAGS);
    hash = seeds();
    image = new AnswerImage(hash);
  }

  /**
   * Hands over what has been told since the last call of queries that were answered here, one of
   * {@link Mode#sample}; what came too fast was left out.
   */
  public synchronized void takeSamples(Consumer<AnsweredQuery> taker) {
    int _ = samples.drain(sample -> taker.accept(AnsweredQuery.read(sample, groups)));
  }

  /** Sets the sizes of the maps in {@code blueprint} for {@code capacity} answers; 0 for none. */
  static void size(BpfObject.Blueprint blueprint, int capacity) {
    blueprint
        .maxEntries("answers_small", AnswerIndex.linesFor(capacity))
        .maxEntries("answers_large", capacity == 0 ? 1 : capacity / LARGE_SHARE + SPARE_LARGE);
  }

  /**
   * Puts maps that a dead process left in {@code pins} in place of new ones, if their layout and
   * size are still ours.
   *
   * @return their descriptors, to be closed once the object is loaded
   */
  static List<Integer> adopt(BpfObject.Blueprint blueprint, BpfPins pins, int capacity) {
    List<Integer> descriptors = new ArrayList<>();
    if (capacity > 0 && pins.names().containsAll(pinNames(capacity))) {
      for (String map : PINNED) {
        pins.open(pinName(map, capacity))
            .ifPresent(fd -> {
              blueprint.reuse(map, fd);
              descriptors.add(fd);
            });
      }
    }
    return descriptors;
  }

  private static List<String> pinNames(int capacity) {
    return PINNED.stream().map(map -> pinName(map, capacity)).toList();
  }

  private static String pinName(String map, int capacity) {
    return "answers-" + Shared.ANSWERS_LAYOUT + "-" + capacity + "-" + map;
  }

  /** Makes the maps outlive the process, or no longer. */
  void keep(BpfPins pins, boolean kept) {
    List<String> wanted = kept ? pinNames(capacity) : List.of();
    for (String name : pins.names()) {
      if (name.startsWith("answers-") && !wanted.contains(name)) {
        pins.remove(name);
      }
    }
    if (kept) {
      PINNED.forEach(map -> pins.pin(pinName(map, capacity), object.map(map).fd()));
    }
  }

  /** Drawn once for the life of the maps: who does not know them cannot aim at a bucket. */
  private NameHash seeds() {
    if (control.longAt(0, Shared.CONTROL_SEEDS) == 0) {
      SecureRandom random = new SecureRandom();
      for (int i = 0; i < 3; i++) {
        control.setLong(0, Shared.CONTROL_SEEDS + 8 * i, random.nextLong() | 1);
      }
    }
    return new NameHash(
        control.longAt(0, Shared.CONTROL_SEEDS),
        control.longAt(0, Shared.CONTROL_SEEDS + 8),
        control.longAt(0, Shared.CONTROL_SEEDS + 16));
  }

  /** {@code kernel_answers}: how many are kept at most; 0 if the kernel answers nothing. */
  public int capacity() {
    return capacity;
  }

  /** Numbers that may be given out as slots. */
  public int slots() {
    return Math.max(1, 2 * capacity);
  }

  /** Bytes of kernel memory the ordinary answers take, full or not. */
  public long bytes() {
    return small.kernelBytes() + large.kernelBytes();
  }

  /** Which generation is given now; 0 for none. */
  public int generation() {
    return control.intAt(0, Shared.CONTROL_GENERATION);
  }

  /** The generation of the last {@link #enable}; another process's, if maps are adopted. */
  public int lastGeneration() {
    return control.intAt(0, Shared.CONTROL_LAST_GENERATION);
  }

  /** What the last {@link #enable} said, also if another process did before it died. */
  public long policy() {
    return control.longAt(0, Shared.CONTROL_POLICY);
  }

  /**
   * Sets or replaces an answer; one that was not given for long is forgotten if it must.
   *
   * @return false if the kernel cannot give it: too large, too many records, an rcode above 15
   */
  public synchronized boolean put(KernelAnswer answer) {
    if (capacity == 0 || !AnswerImage.fits(answer)) {
      return false;
    }
    long key = image.key(answer.key());
    long due = answer.life().hitsDueNanos();
    if (image.write(answer, smallImage)) {
      places.put(key, smallImage, answer.slot(), due);
      return true;
    }
    if (!image.write(answer, largeWriter.value())) {
      places.hide(key);
      return false;
    }
    int place = places.takeLarge(key);
    largeWriter.update(place);
    places.showLarge(key, place, answer.slot(), due);
    return true;
  }

  /** Forgets an answer. */
  public synchronized void remove(KernelAnswer.Key key) {
    if (capacity > 0) {
      places.hide(image.key(key));
    }
  }

  /**
   * Tells each slot's hits since they were last told: of answers that near their end, and of the
   * others only if {@code all} are wanted. No system call.
   */
  public void takeHits(long nowNanos, boolean all, HitSink sink) {
    places.takeHits(nowNanos, HITS_PAUSE_NANOS, all, sink);
  }

  /** From now on every query goes up. */
  public synchronized void disable() {
    control.publishInt(0, Shared.CONTROL_GENERATION, 0);
  }

  /** From now on answers of this generation are given, and names blocked. */
  public synchronized void enable(Mode mode) {
    control.publishInt(0, Shared.CONTROL_GENERATION, 0);
    flags = mode.asis() ? flags | Shared.CONTROL_ASIS : flags & ~Shared.CONTROL_ASIS;
    control.setInt(0, Shared.CONTROL_FLAGS, flags);
    control.setInt(0, Shared.CONTROL_STALE_TTL, mode.staleTtl());
    control.setInt(0, Shared.CONTROL_SAMPLE, mode.sample());
    control.setLong(0, Shared.CONTROL_POLICY, mode.policy());
    control.setInt(0, Shared.CONTROL_LAST_GENERATION, mode.generation());
    if (capacity > 0) {
      control.publishInt(0, Shared.CONTROL_GENERATION, mode.generation());
    }
  }

  /**
   * For which families there are listeners: while the daemon lives, their answers are given without
   * a look for those.
   */
  synchronized void listening(boolean ipv4, boolean ipv6) {
    flag(Shared.CONTROL_IPV4, ipv4);
    flag(Shared.CONTROL_IPV6, ipv6);
  }

  /** Says that the daemon lives: {@code keep_for} counts from the last time. */
  public void heartbeat(long nowNanos) {
    control.setLong(0, Shared.CONTROL_HEARTBEAT, nowNanos);
  }

  /** How long answers are given when nobody listens; zero: not at all. */
  void keepFor(Duration duration) {
    control.setLong(0, Shared.CONTROL_KEEP_FOR, duration.toNanos());
  }

  /** How clients are told apart from now on. Only while disabled. */
  public synchronized void setClasses(ClientClasses classes) {
    requireDisabled();
    clear(byAddress);
    clear(byMac);
    clear(byNumber);
    clear(byProcess);
    clear(byGroup);
    for (Prefix prefix : classes.addresses()) {
      byte[] key =
          ByteBuffer.allocate(20)
              .order(ByteOrder.nativeOrder())
              .putInt(prefix.bits())
              .order(ByteOrder.BIG_ENDIAN)
              .putLong(prefix.high())
              .putLong(prefix.low())
              .array();
      byAddress.update(key, part(prefix.part()));
    }
    classes
        .macs()
        .forEach((mac, part) ->
            byMac.update(ByteBuffer.allocate(8).putLong(mac << 16).array(), part(part)));
    classes
        .numbers()
        .forEach((number, part) ->
            byNumber.update(
                ByteBuffer.allocate(8)
                    .order(ByteOrder.nativeOrder())
                    .putInt(number.fact().number())
                    .putInt(number.value())
                    .array(),
                part(part)));
    classes.processes().forEach((name, part) -> byProcess.update(processName(name), part(part)));
    int at = Shared.CONTROL_TYPE_LIMITS;
    for (var limit : classes.typeLimits().entrySet()) {
      control.setShort(0, at, limit.getKey());
      control.setShort(0, at + 2, limit.getValue());
      at += 4;
    }
    control.setInt(0, Shared.CONTROL_TYPE_LIMITS_COUNT, classes.typeLimits().size());
    flag(Shared.CONTROL_BY_ADDRESS, !classes.addresses().isEmpty());
    flag(Shared.CONTROL_BY_MAC, !classes.macs().isEmpty());
    for (ClientClasses.Fact fact : ClientClasses.Fact.values()) {
      flag(fact.flag(), classes.tells(fact));
    }
    flag(Shared.CONTROL_BY_PROCESS, !classes.processes().isEmpty());
    flag(Shared.CONTROL_BY_CGROUP, classes.byControlGroup());
  }

  /**
   * From now on processes of a control group are known by their class. Nothing happens unless
   * {@code generation} is in force.
   *
   * @param former one that is to be forgotten; 0 for none
   */
  public synchronized void addControlGroup(int generation, long id, Part part, long former) {
    if (generation() == generation) {
      if (former != 0) {
        byGroup.delete(Shared.u64(former));
      }
      byGroup.update(Shared.u64(id), part(part));
    }
  }

  /** Cut as the kernel cuts it. */
  private static byte[] processName(String name) {
    byte[] key = new byte[Shared.PROCESS_NAME];
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, key, 0, Math.min(bytes.length, key.length - 1));
    return key;
  }

  private static void clear(BpfMap map) {
    map.keys().forEach(map::delete);
  }

  private static byte[] part(Part part) {
    return ByteBuffer.allocate(16)
        .order(ByteOrder.nativeOrder())
        .putLong(part.bits())
        .putInt(part.limit())
        .array();
  }

  /** An empty set of blocked names, to be filled and given to {@link #setBlocked}. */
  public BlockedNames newBlockedNames() {
    return new BlockedNames(hash);
  }

  /**
   * Which names are rejected from now on, and how. Only while disabled.
   *
   * @param names null for none
   * @param answers to A, to AAAA, to every other type, each with the root as its name; constant
   * @return bytes of kernel memory the names take
   * @throws IllegalArgumentException if an answer is larger than 100 bytes or so
   */
  public synchronized long setBlocked(
      @Nullable BlockedNames names, List<KernelAnswer.Content> answers) {
    requireDisabled();
    flag(Shared.HAS_BLOCKED, false);
    if (names == null || names.size() == 0 || capacity == 0) {
      blocked.delete(Shared.u32(0));
      return 0;
    }
    int kinds = Shared.REJECTS / 2;
    if (answers.size() != kinds) {
      throw new IllegalArgumentException("rejects are three answers");
    }
    for (int i = 0; i < kinds; i++) {
      rejects.update(Shared.u32(i), reject(answers.get(i), false));
      rejects.update(Shared.u32(kinds + i), reject(answers.get(i), true));
    }
    try (BpfMap table = names.table()) {
      blocked.update(Shared.u32(0), Shared.u32(table.fd()));
      control.setInt(0, Shared.CONTROL_BLOCKED_MASK, table.maxEntries() - 1);
      control.setInt(0, Shared.CONTROL_BLOCKED_LABELS, names.labels());
      flag(Shared.HAS_BLOCKED, true);
      return table.kernelBytes();
    }
  }

  private byte[] reject(KernelAnswer.Content content, boolean dnssecOk) {
    KernelAnswer.Key any = new KernelAnswer.Key(new byte[1], 0, dnssecOk, false, 0, 0, 0);
    KernelAnswer answer =
        new KernelAnswer(any, content, KernelAnswer.Life.constant(0), KernelAnswer.Lesson.NONE, 0);
    byte[] bytes = new byte[Shared.ANSWER_SMALL];
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    if (!AnswerImage.fits(answer) || !image.write(answer, out)) {
      throw new IllegalArgumentException("a reject answer too large for the kernel");
    }
    return bytes;
  }

  private void flag(int flag, boolean on) {
    flags = on ? flags | flag : flags & ~flag;
    control.setInt(0, Shared.CONTROL_FLAGS, flags);
  }

  private void requireDisabled() {
    if (generation() != 0) {
      throw new IllegalStateException("disable first: queries would meet half of a change");
    }
  }

  /** Only {@link Interceptor#close} calls this; all else throws afterwards. */
  @Override
  public synchronized void close() {
    control.close();
    lines.close();
    samples.close();
  }
}
