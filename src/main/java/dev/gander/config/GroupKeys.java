package dev.gander.config;

import java.util.Map;

/** The plain keys of a group; what a group does not say, {@code global} says. */
final class GroupKeys {

  static final String FILTER = "filter";
  static final String POLICY = "policy";

  /** The keys of {@code global} that a group may say differently. */
  static final Map<String, Key<?>> OVERRIDES =
      Key.table(
          GlobalKeys.TCP_CHECK_URL,
          GlobalKeys.TCP_CHECK_HTTP_METHOD,
          GlobalKeys.UDP_CHECK_DNS,
          GlobalKeys.CHECK_INTERVAL,
          GlobalKeys.CHECK_TOLERANCE);

  private GroupKeys() {}

  static boolean isKey(String name) {
    return OVERRIDES.containsKey(name) || name.equals(FILTER) || name.equals(POLICY);
  }
}
