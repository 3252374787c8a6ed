/**
 * The encrypted front door: clients by TLS, HTTPS, HTTP/3 and QUIC, and those behind a proxy that
 * says for whom it speaks.
 */
@org.jspecify.annotations.NullMarked
package dev.gander.front;
