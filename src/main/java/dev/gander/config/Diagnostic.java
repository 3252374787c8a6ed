package dev.gander.config;

/**
 * One thing to tell the author of a configuration.
 *
 * @param message what is wrong, in one line
 * @param remedy what to write or do instead, in one line; empty where nothing useful can be said
 */
public record Diagnostic(Place place, Severity severity, String message, String remedy) {

  /** Control characters of what the author wrote are shown as escapes: one thing, one line. */
  public Diagnostic {
    message = Text.oneLine(message);
    remedy = Text.oneLine(remedy);
  }

  /** An error keeps the configuration from being used; a warning does not. */
  public enum Severity {
    ERROR,
    WARNING
  }

  public static Diagnostic error(Place place, String message, String remedy) {
    return new Diagnostic(place, Severity.ERROR, message, remedy);
  }

  public static Diagnostic warning(Place place, String message, String remedy) {
    return new Diagnostic(place, Severity.WARNING, message, remedy);
  }

  public boolean isError() {
    return severity == Severity.ERROR;
  }

  /** {@code FILE:LINE:COLUMN: error: message (remedy)}. */
  @Override
  public String toString() {
    String kind = isError() ? "error" : "warning";
    String tail = remedy.isEmpty() ? "" : " (" + remedy + ")";
    return place + ": " + kind + ": " + message + tail;
  }
}
