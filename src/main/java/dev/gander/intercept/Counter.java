package dev.gander.intercept;

import java.util.Locale;

/**
 * {@code enum counter} of src/main/bpf/shared.h, in its order; docs/DATAPATH.md tells the rules.
 */
enum Counter {
  QUERIES,
  REPLIES,
  PASSED_NO_LISTENER,
  PASSED_LOCAL_SERVICE,
  PASSED_NOT_FOR_US,
  PASSED_FRAGMENT,
  PASSED_EXTENSIONS,
  PASSED_VLAN_DEPTH,
  DROPPED_MALFORMED,
  DROPPED_IDENTITIES_FULL,
  DROPPED_HANDOVER,
  DROPPED_NO_SOCKET,
  DROPPED_FOREIGN,
  DROPPED_NO_IDENTITY,
  DROPPED_REPLY,
  IDENTITIES_NEW;

  /** As people read it: {@code "passed_fragment"}. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
