package dev.gander.node;

/** A share link that cannot be used. The message says which part and why, and shows no secret. */
public final class LinkException extends Exception {

  private static final long serialVersionUID = 1;

  public LinkException(String message) {
    super(message);
  }
}
