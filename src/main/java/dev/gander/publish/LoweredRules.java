package dev.gander.publish;

import dev.gander.intercept.BlockedNames;
import dev.gander.intercept.ClientClasses;
import dev.gander.intercept.ClientClasses.Fact;
import dev.gander.intercept.ClientClasses.Part;
import dev.gander.intercept.ClientClasses.Prefix;
import dev.gander.intercept.ClientClasses.Value;
import dev.gander.local.LocalNames;
import dev.gander.route.DnsRouter;
import dev.gander.route.RejectedNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** Gives the kernel's maps what {@code route} has lowered. */
final class LoweredRules {

  /** More names than this are left to user space: 16 MB of kernel memory. */
  static final int MAX_NAMES = 1 << 20;

  private LoweredRules() {}

  /**
   * The classes of clients.
   *
   * @param interfaceIndex number of an interface by its name; 0 if there is none
   */
  static ClientClasses classes(DnsRouter router, ToIntFunction<String> interfaceIndex) {
    dev.gander.route.ClientClasses classes = router.clientClasses();
    List<Prefix> prefixes = new ArrayList<>();
    if (classes.otherAddress().limit() != dev.gander.route.ClientClasses.NO_LIMIT) {
      prefixes.add(new Prefix(0, 0, 0, part(classes.otherAddress())));
    }
    classes
        .prefixes()
        .forEach(it -> prefixes.add(new Prefix(it.high(), it.low(), it.length(), part(it.part()))));
    Map<Long, Part> macs = new HashMap<>();
    classes.macs().forEach((mac, it) -> macs.put(mac, part(it)));
    Map<Value, Part> numbers = new HashMap<>();
    classes
        .interfaces()
        .forEach((name, it) -> {
          int index = interfaceIndex.applyAsInt(name);
          if (index != 0) {
            numbers.put(new Value(Fact.INTERFACE, index), part(it));
          }
        });
    add(Fact.DSCP, classes.dscps(), numbers);
    add(Fact.VLAN, classes.vlans(), numbers);
    add(Fact.USER, classes.users(), numbers);
    Map<String, Part> processes = new HashMap<>();
    classes.processes().forEach((name, it) -> processes.put(name, part(it)));
    Map<Integer, Integer> types = new HashMap<>();
    router.rejectedNames().typeLimits().forEach((type, limit) -> types.put(type, limit(limit)));
    return new ClientClasses(
        prefixes, macs, numbers, processes, classes.tellsControlGroups(), types);
  }

  private static void add(
      Fact fact, Map<Long, dev.gander.route.ClientClasses.Part> known, Map<Value, Part> numbers) {
    known.forEach((value, it) -> numbers.put(new Value(fact, value.intValue()), part(it)));
  }

  static Part part(dev.gander.route.ClientClasses.Part it) {
    return new Part(it.bits(), limit(it.limit()));
  }

  /** A verdict is twice a rule's number, and one more if it rejects. */
  private static int limit(int verdict) {
    return verdict == dev.gander.route.ClientClasses.NO_LIMIT
        ? ClientClasses.NO_LIMIT
        : verdict >> 1;
  }

  /**
   * Adds the rejected names and those that go before them; false if they are too many.
   *
   * @param localNames answered before rules are asked
   */
  static boolean names(DnsRouter router, LocalNames localNames, BlockedNames into) {
    RejectedNames names = router.rejectedNames();
    if (names.isEmpty()) {
      return true;
    }
    // The kernel's maps can only limit those that rules name; the others limit everybody here.
    int limit = router.clientClasses().otherLimit();
    int before = RejectedNames.BEFORE_RULES >> 1;
    boolean[] fits = {true};
    names.forEach((buffer, offset, length, exact, below) -> {
      byte[] name = Arrays.copyOfRange(buffer, offset, offset + length);
      fits[0] &= add(into, name, exact < limit ? exact : 0, below < limit ? below : 0);
    });
    localNames.forEach((name, below) -> {
      fits[0] &= into.size() < MAX_NAMES;
      if (fits[0]) {
        into.add(name, !below, below, before, false);
      }
    });
    return fits[0];
  }

  private static boolean add(BlockedNames into, byte[] name, int exact, int below) {
    if (into.size() >= MAX_NAMES) {
      return false;
    }
    if (exact == below && exact != 0) {
      into.add(name, true, true, exact >> 1, (exact & 1) != 0);
      return true;
    }
    if (exact != 0) {
      into.add(name, true, false, exact >> 1, (exact & 1) != 0);
    }
    if (below != 0) {
      into.add(name, false, true, below >> 1, (below & 1) != 0);
    }
    return true;
  }
}
