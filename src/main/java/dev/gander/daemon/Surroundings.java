package dev.gander.daemon;

import dev.gander.clock.Clock;
import dev.gander.dial.Dialer;
import dev.gander.dial.SocketTerms;
import dev.gander.observe.Counters;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * What a {@link Generation} stands on: time, sockets towards servers, threads, the names of
 * interfaces. The machine's in the daemon; in scenario tests ones that a story moves.
 *
 * @param executors makes what starts a virtual thread for each task; its generation closes it
 * @param interfaceNames by index; empty where there is none
 * @param hosts the file of {@code use_hosts}
 */
record Surroundings(
    Clock clock,
    Dialers dialers,
    Supplier<ExecutorService> executors,
    IntFunction<String> interfaceNames,
    Path hosts) {

  /** Makes the paths of one generation, which closes them. */
  @FunctionalInterface
  interface Dialers {
    Dialer open(SocketTerms terms, int generation, Counters counters);
  }

  /** The machine's own. */
  static Surroundings real(Clock clock) {
    return new Surroundings(
        clock,
        (terms, generation, counters) ->
            new Dialer(
                terms,
                clock,
                Thread.ofPlatform().daemon().name("gander-exchange-" + generation).factory(),
                new SecureRandom(),
                counters),
        () ->
            Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("gander-flight-", 0).factory()),
        Surroundings::interfaceName,
        Path.of("/etc/hosts"));
  }

  Dialer dialer(SocketTerms terms, int generation, Counters counters) {
    return dialers.open(terms, generation, counters);
  }

  ExecutorService threads() {
    return executors.get();
  }

  /** Number of an interface; 0 if there is none of this name. */
  static int interfaceIndex(String name) {
    try {
      NetworkInterface found = NetworkInterface.getByName(name);
      return found == null ? 0 : found.getIndex();
    } catch (SocketException e) {
      return 0;
    }
  }

  static String interfaceName(int index) {
    try {
      NetworkInterface found = NetworkInterface.getByIndex(index);
      return found == null ? "" : found.getName();
    } catch (SocketException e) {
      return "";
    }
  }
}
