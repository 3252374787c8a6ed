package dev.gander.encrypted;

import dev.gander.message.ExtendedError;
import java.io.IOException;

/** There is no connection, or no reply on it; the message is one line for people. */
public final class SessionException extends IOException {

  /** What may be done about it. */
  public enum Remedy {
    /** The connection ended; the question may be asked again on another. */
    ASK_AGAIN,
    /** As {@link #ASK_AGAIN}, and the server says that it has not looked at the question. */
    ASK_AGAIN_UNREAD,
    /** There is nobody to talk to just now. */
    CONNECT_AGAIN,
    /** The server will say the same next time. */
    NONE,
    /**
     * It is not trusted: nothing is to be asked there until it, or what is trusted, has changed.
     */
    NEW_CERTIFICATE
  }

  private final ExtendedError error;
  private final Remedy remedy;

  SessionException(ExtendedError error, Remedy remedy, String message) {
    super(message);
    this.error = error;
    this.remedy = remedy;
  }

  static SessionException ended(String why) {
    return new SessionException(ExtendedError.NETWORK_ERROR, Remedy.ASK_AGAIN, why);
  }

  /** What the server has sent is no DNS, and the connection is ended for all who wait on it. */
  static SessionException endedForRules(String why) {
    return new SessionException(ExtendedError.INVALID_DATA, Remedy.ASK_AGAIN, why);
  }

  static SessionException unread(String why) {
    return new SessionException(ExtendedError.NETWORK_ERROR, Remedy.ASK_AGAIN_UNREAD, why);
  }

  static SessionException unreachable(String why) {
    return new SessionException(ExtendedError.NETWORK_ERROR, Remedy.CONNECT_AGAIN, why);
  }

  static SessionException silent(String why) {
    return new SessionException(ExtendedError.NO_REACHABLE_AUTHORITY, Remedy.CONNECT_AGAIN, why);
  }

  static SessionException refused(String why) {
    return new SessionException(ExtendedError.NETWORK_ERROR, Remedy.NONE, why);
  }

  static SessionException untrusted(String why) {
    return new SessionException(ExtendedError.NETWORK_ERROR, Remedy.NEW_CERTIFICATE, why);
  }

  static SessionException malformed(String why) {
    return new SessionException(ExtendedError.INVALID_DATA, Remedy.NONE, why);
  }

  public ExtendedError error() {
    return error;
  }

  public Remedy remedy() {
    return remedy;
  }

  /** Whether the question may be asked again on another connection. */
  public boolean mayAskAgain() {
    return remedy == Remedy.ASK_AGAIN || remedy == Remedy.ASK_AGAIN_UNREAD;
  }

  /** Whether connecting again, now or by another way, is in vain. */
  public boolean isFinal() {
    return remedy == Remedy.NONE || remedy == Remedy.NEW_CERTIFICATE;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
