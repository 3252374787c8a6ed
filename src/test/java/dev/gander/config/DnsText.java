package dev.gander.config;

/** Settings for tests of other rooms, written as a user would. */
public final class DnsText {

  private DnsText() {}

  /** Settings with this text inside {@code dns { … }} and defaults elsewhere. */
  public static DnsSettings dns(String text) {
    String file = "global {}\nrouting { fallback: direct }\ndns {\n" + text + "\n}\n";
    try {
      return ConfigFile.parse(file, "test.dae").settings().dns();
    } catch (ConfigException e) {
      throw new AssertionError(e);
    }
  }
}
