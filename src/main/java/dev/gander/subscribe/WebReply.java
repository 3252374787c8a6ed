package dev.gander.subscribe;

/**
 * What a web server said.
 *
 * @param body empty where it redirects
 * @param location where to look instead; empty where the body is there
 */
record WebReply(String body, String location) {}
