/** What is wrong on this machine for a configuration, and what mends it. */
@NullMarked
package dev.gander.doctor;

import org.jspecify.annotations.NullMarked;
