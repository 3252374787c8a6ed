/** dae's configuration language: text to immutable records, every mistake reported at once. */
@NullMarked
package dev.gander.config;

import org.jspecify.annotations.NullMarked;
