package dev.gander.group;

import java.io.IOException;

/** No node of a group can be used. The message names the group, and says since when and why. */
public final class NoNodeException extends IOException {

  private static final long serialVersionUID = 1;

  NoNodeException(String message) {
    super(message);
  }
}
