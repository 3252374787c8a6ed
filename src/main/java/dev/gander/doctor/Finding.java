package dev.gander.doctor;

/**
 * One thing looked at.
 *
 * @param subject what: {@code kernel}, {@code port}, {@code upstream} …
 * @param text what was found
 * @param remedy commands that mend it, a line each; empty where nothing is to be done
 */
public record Finding(Level level, String subject, String text, String remedy) {

  /** How bad it is. */
  public enum Level {
    OK,
    /** Works, but perhaps not as wanted. */
    WARNING,
    /** Does not work. */
    WRONG
  }
}
