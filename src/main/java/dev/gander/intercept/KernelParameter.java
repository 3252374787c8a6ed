package dev.gander.intercept;

import dev.gander.kernel.Sysctl;

/**
 * A kernel parameter that a configuration needs otherwise than it may be.
 *
 * @param ifindex the interface it belongs to; 0: the whole machine
 * @param path below /proc/sys
 * @param value what it must be
 * @param onlyInPlaceOf the one value that {@code value} is better than; empty: all
 * @param why for people
 */
public record KernelParameter(
    int ifindex, String path, String value, String onlyInPlaceOf, String why) {

  private static final int NAME = 3;

  static KernelParameter ofMachine(String path, String value, String why) {
    return new KernelParameter(0, path, value, "", why);
  }

  KernelParameter onlyInPlaceOf(String other) {
    return new KernelParameter(ifindex, path, value, other, why);
  }

  /** What it is now; empty where there is no such parameter. */
  public String now() {
    return Sysctl.readIfThere(path);
  }

  /** Whether it must be changed. */
  boolean isWrong() {
    String now = now();
    return !now.isEmpty()
        && !now.equals(value)
        && (onlyInPlaceOf.isEmpty() || onlyInPlaceOf.equals(now));
  }

  /** The path, with {@code *} where an interface's name stands: names change. */
  String kind() {
    if (ifindex == 0) {
      return path;
    }
    String[] parts = path.split("/", -1);
    parts[NAME] = "*";
    return String.join("/", parts);
  }

  /** What sets it; sysctl(8) takes slashes, with which dots in names do not matter. */
  public String command() {
    return "sysctl -w " + path + "=" + value;
  }
}
