/** What happened: counters, and events for those who write them down. */
@NullMarked
package dev.gander.observe;

import org.jspecify.annotations.NullMarked;
