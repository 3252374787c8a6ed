/** The sockets that face clients. */
@NullMarked
package dev.gander.listen;

import org.jspecify.annotations.NullMarked;
