package dev.gander.tls;

import java.security.cert.CertificateException;

/**
 * A certificate was refused; the message names the host, the reason and the certificate's dates.
 */
public final class UntrustedException extends CertificateException {

  private static final long serialVersionUID = 1L;

  UntrustedException(String message) {
    super(message);
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
