package dev.gander.config;

import java.util.function.Supplier;

/** A value that cannot be read; caught where the key is read, and told as an error at its place. */
final class BadValue extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient Place place;
  private final String message;
  private final transient Supplier<String> remedy;

  BadValue(Place place, String message, String remedy) {
    this(place, message, () -> remedy);
  }

  /**
   * A value whose remedy costs something to find.
   *
   * @param remedy asked only if the error is told
   */
  BadValue(Place place, String message, Supplier<String> remedy) {
    super(message, null, false, false);
    this.place = place;
    this.message = message;
    this.remedy = remedy;
  }

  Place place() {
    return place;
  }

  String message() {
    return message;
  }

  String remedy() {
    return remedy.get();
  }
}
