/**
 * The process: one generation per configuration, reload, signals, run-time files, control socket.
 */
@NullMarked
package dev.gander.daemon;

import org.jspecify.annotations.NullMarked;
