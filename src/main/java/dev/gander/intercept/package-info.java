/** Puts the programs into the kernel, gives them what they need, and takes them out again. */
@NullMarked
package dev.gander.intercept;

import org.jspecify.annotations.NullMarked;
