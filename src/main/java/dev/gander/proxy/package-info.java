/**
 * Proxy servers: what their share links say, and the protocols spoken with them, each a stack of
 * channel handlers that stands in front of what is spoken with the target.
 */
@NullMarked
package dev.gander.proxy;

import org.jspecify.annotations.NullMarked;
