/**
 * Ways out of this machine as Netty channels: the direct one is {@code dial}'s, those through proxy
 * servers are stacks of channel handlers over another {@link Exit}.
 */
@NullMarked
package dev.gander.proxy;

import org.jspecify.annotations.NullMarked;
