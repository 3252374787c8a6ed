/** Where time comes from: the only room that reads the system's clocks. */
@NullMarked
package dev.gander.clock;

import org.jspecify.annotations.NullMarked;
