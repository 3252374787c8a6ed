package dev.gander.encrypted;

/**
 * What a server said.
 *
 * @param message a whole DNS message, not looked at yet; its ID means nothing
 * @param ageSeconds how long it lay in HTTP caches (RFC 8484 section 5.1); 0 elsewhere
 */
@SuppressWarnings("ArrayRecordComponent") // a message handed over, never compared
public record Reply(byte[] message, int ageSeconds) {}
