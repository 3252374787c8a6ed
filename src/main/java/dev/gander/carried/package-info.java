/**
 * A DNS message inside of something else, as both ends see it: what HTTP calls it, and how it comes
 * together from pieces.
 */
@org.jspecify.annotations.NullMarked
package dev.gander.carried;
