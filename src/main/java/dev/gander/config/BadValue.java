package dev.gander.config;

/** A value that cannot be read; caught where the key is read, and told as an error at its place. */
final class BadValue extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient Place place;
  private final String message;
  private final String remedy;

  BadValue(Place place, String message, String remedy) {
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
    return remedy;
  }
}
