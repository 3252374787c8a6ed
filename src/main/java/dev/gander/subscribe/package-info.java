/** Subscriptions: lists of nodes, fetched from where the configuration says, and kept on disk. */
@NullMarked
package dev.gander.subscribe;

import org.jspecify.annotations.NullMarked;
