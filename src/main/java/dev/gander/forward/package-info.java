/** Speaks a DNS transport over a dialled path. */
@NullMarked
package dev.gander.forward;

import org.jspecify.annotations.NullMarked;
