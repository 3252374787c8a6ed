/** Replies, sent from the very address the client asked. */
@NullMarked
package dev.gander.respond;

import org.jspecify.annotations.NullMarked;
