package dev.gander.demo;

/** The lab could not be built, so there is no story to tell. */
final class DemoFailure extends Exception {

  private static final long serialVersionUID = 1L;

  DemoFailure(String message) {
    super(message);
  }
}
