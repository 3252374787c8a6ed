/**
 * DNS over TLS, HTTPS, HTTP/3 and QUIC: one connection to one server, and the questions on it. A
 * connection is made over a path that {@code dial} hands out, direct or through a proxy.
 */
@NullMarked
package dev.gander.encrypted;

import org.jspecify.annotations.NullMarked;
