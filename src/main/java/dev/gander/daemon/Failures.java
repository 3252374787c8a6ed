package dev.gander.daemon;

import java.io.FileNotFoundException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

/** What went wrong, for people: the JDK's file errors often carry nothing but the path. */
public final class Failures {

  private Failures() {}

  /** That a configuration needs more memory than there is, and what mends it. */
  public static String outOfMemory() {
    return "not enough memory for this configuration: the heap has "
        + (Runtime.getRuntime().maxMemory() >> 20)
        + " MiB (GANDER_JAVA_OPTS=-Xmx1g gives it more; lists of names are smaller in geosite.dat)";
  }

  /** One line without the exception's class where its message suffices. */
  public static String reason(Throwable failure) {
    return switch (failure) {
      case NoSuchFileException e -> "no such file or directory: " + e.getFile();
      case AccessDeniedException e -> "permission denied: " + e.getFile();
      case FileAlreadyExistsException e -> "already exists: " + e.getFile();
      case FileSystemException e ->
          Objects.requireNonNullElse(e.getReason(), "file system error") + ": " + e.getFile();
      case FileNotFoundException e -> String.valueOf(e.getMessage());
      default ->
          failure.getMessage() == null
              ? failure.getClass().getSimpleName()
              : failure.getMessage().lines().findFirst().orElse("");
    };
  }
}
