/** DNS wire format and vocabulary: views over bytes, no I/O. */
@NullMarked
package dev.gander.message;

import org.jspecify.annotations.NullMarked;
