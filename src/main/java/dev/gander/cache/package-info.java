/** Answers: fresh, negative and failed; one flight for each question. */
@NullMarked
package dev.gander.cache;

import org.jspecify.annotations.NullMarked;
