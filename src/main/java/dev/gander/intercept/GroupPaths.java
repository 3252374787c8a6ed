package dev.gander.intercept;

import dev.gander.kernel.ControlGroups;
import dev.gander.kernel.KernelException;
import org.jspecify.annotations.Nullable;

/** The paths of control groups, remembered: a number always means the same one. Any thread. */
final class GroupPaths implements AutoCloseable {

  private static final int PLACES = 1024;

  /** Found by number; two that share a place take turns in it. */
  private final @Nullable Known[] known = new Known[PLACES];

  private @Nullable ControlGroups groups;
  private boolean closed;

  private record Known(long id, String path) {}

  /** Opens nothing before it is asked. */
  GroupPaths() {}

  /** See {@link Identities#cgroup}. */
  String of(long id) {
    if (id == 0) {
      return "";
    }
    int place = (int) (id ^ id >>> 32) & (PLACES - 1);
    Known there = known[place];
    if (there == null || there.id != id) {
      there = new Known(id, look(id));
      known[place] = there;
    }
    return there.path;
  }

  private synchronized String look(long id) {
    if (closed) {
      return "";
    }
    if (groups == null) {
      try {
        groups = ControlGroups.open();
      } catch (KernelException e) {
        closed = true; // nor will it be there for the next one
        return "";
      }
    }
    return groups.path(id);
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (groups != null) {
      groups.close();
      groups = null;
    }
  }
}
