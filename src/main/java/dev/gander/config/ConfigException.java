package dev.gander.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used; carries everything there is to say about it. */
public final class ConfigException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient List<Diagnostic> diagnostics;

  public ConfigException(List<Diagnostic> diagnostics) {
    super(diagnostics.stream().map(Diagnostic::toString).collect(Collectors.joining("\n")));
    this.diagnostics = List.copyOf(diagnostics);
  }

  /** Errors and warnings, in the order of files and lines; at least one error. */
  public List<Diagnostic> diagnostics() {
    return diagnostics;
  }
}
