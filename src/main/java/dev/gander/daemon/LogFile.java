package dev.gander.daemon;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.logging.ErrorManager;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.LogRecord;

/**
 * Appends to a file that always has the name the user gave, and puts it aside as {@code FILE.1},
 * {@code FILE.2} … when it is full. The JDK's FileHandler would number the live file itself.
 */
final class LogFile extends Handler {

  private final Path path;
  private final long maxBytes;
  private final int maxBackups;
  private OutputStream out;
  private long written;

  LogFile(Path path, long maxBytes, int maxBackups, Formatter formatter) throws IOException {
    this.path = path;
    this.maxBytes = maxBytes;
    this.maxBackups = maxBackups;
    setFormatter(formatter);
    out = append();
    written = Files.size(path);
  }

  private OutputStream append() throws IOException {
    return new BufferedOutputStream(
        Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  @Override
  public synchronized void publish(LogRecord entry) {
    if (!isLoggable(entry)) {
      return;
    }
    byte[] line = getFormatter().format(entry).getBytes(StandardCharsets.UTF_8);
    try {
      if (written > 0 && written + line.length > maxBytes) {
        putAside();
      }
      out.write(line);
      out.flush();
      written += line.length;
    } catch (IOException e) {
      reportError("cannot write " + path, e, ErrorManager.WRITE_FAILURE);
    }
  }

  private void putAside() throws IOException {
    out.close();
    for (int i = maxBackups - 1; i >= 1; i--) {
      if (Files.exists(backup(i))) {
        Files.move(backup(i), backup(i + 1), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    if (maxBackups > 0) {
      Files.move(path, backup(1), StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.delete(path);
    }
    out = append();
    written = 0;
  }

  private Path backup(int number) {
    return path.resolveSibling(path.getFileName() + "." + number);
  }

  @Override
  public synchronized void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      reportError("cannot write " + path, e, ErrorManager.FLUSH_FAILURE);
    }
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      reportError("cannot close " + path, e, ErrorManager.CLOSE_FAILURE);
    }
  }
}
