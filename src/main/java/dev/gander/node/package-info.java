/**
 * Proxy servers as records, and the share links and subscriptions that describe them. Reads text,
 * opens nothing; secrets never reach a message.
 */
@NullMarked
package dev.gander.node;

import org.jspecify.annotations.NullMarked;
