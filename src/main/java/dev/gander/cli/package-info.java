/** The commands: words in, words and an exit status out. */
@NullMarked
package dev.gander.cli;

import org.jspecify.annotations.NullMarked;
