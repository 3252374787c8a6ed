package dev.gander.daemon;

import java.util.Objects;

/** Which gander this is. */
public final class Version {

  private Version() {}

  /** The version in the jar's manifest; {@code "dev"} where there is no jar, as in tests. */
  public static String text() {
    return Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "dev");
  }
}
