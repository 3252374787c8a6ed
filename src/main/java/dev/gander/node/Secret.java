package dev.gander.node;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A password or an identity. It can be used, and is never shown. */
public final class Secret {

  private final String text;

  Secret(String text) {
    this.text = text;
  }

  /** The secret itself: for the wire, never for people. */
  String reveal() {
    return text;
  }

  /** The secret in UTF-8: for the wire, never for people. */
  public byte[] bytes() {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(bytes(), secret.bytes());
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return "(secret)";
  }
}
