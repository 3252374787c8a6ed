package dev.gander.route;

/** Paths of control groups, as {@link dev.gander.message.Client#cgroup} has them. */
final class ControlGroupPaths {

  private ControlGroupPaths() {}

  /** Whether a control group is {@code group}, or below it; never one that is not known. */
  static boolean isWithin(String path, String group) {
    return path.startsWith(group)
        && (path.length() == group.length()
            || group.length() == 1
            || path.charAt(group.length()) == '/');
  }
}
