package dev.gander.group;

import dev.gander.proxy.UnreachableException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A check failed by the node's own fault, whatever the target's state. */
final class NodeFault extends IOException {

  private static final long serialVersionUID = 1;

  NodeFault(String message) {
    super(message);
  }

  /** Whether a failure says something of the node even if nobody ever reached the target. */
  static boolean is(IOException failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof NodeFault || cause instanceof UnreachableException) {
        return true;
      }
    }
    return false;
  }
}
