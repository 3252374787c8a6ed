/** Paths to servers: sockets with gander's mark, many questions in flight over few of them. */
@NullMarked
package dev.gander.dial;

import org.jspecify.annotations.NullMarked;
