package dev.gander.config;

/**
 * Where something stands in a configuration file.
 *
 * @param file the file's path as the user named it, or a name in angle brackets for built-in text
 * @param line from 1
 * @param column from 1, in Unicode code points
 */
public record Place(String file, int line, int column) {

  /** The place of what no file says: built-in defaults. */
  public static final Place BUILT_IN = new Place("<built-in>", 1, 1);

  @Override
  public String toString() {
    return file + ":" + line + ":" + column;
  }
}
