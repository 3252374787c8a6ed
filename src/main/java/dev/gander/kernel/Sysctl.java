package dev.gander.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Kernel parameters under /proc/sys. Those under {@code net} belong to the network namespace of the
 * calling thread.
 */
public final class Sysctl {

  private static final Path ROOT = Path.of("/proc/sys");

  private Sysctl() {}

  /** Whether this kernel has the parameter; {@code name} as a path: {@code net/ipv4/ip_forward}. */
  public static boolean exists(String name) {
    return Files.exists(ROOT.resolve(name));
  }

  /** {@link #read}, or empty where there is no such parameter, or no longer. */
  public static String readIfThere(String name) {
    try {
      return Files.readString(ROOT.resolve(name)).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** The parameter's text without its line end. */
  public static String read(String name) {
    try {
      return Files.readString(ROOT.resolve(name)).strip();
    } catch (IOException e) {
      throw new KernelException("reading sysctl " + name + ": " + e.getMessage(), 0);
    }
  }

  /** Sets the parameter. */
  public static void write(String name, String value) {
    try {
      Files.writeString(ROOT.resolve(name), value);
    } catch (IOException e) {
      throw new KernelException(
          "setting sysctl %s=%s: %s; is /proc/sys mounted read-only (a container without"
                  .formatted(name, value, e.getMessage())
              + " --privileged)?",
          0);
    }
  }
}
