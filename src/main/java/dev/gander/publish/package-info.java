/**
 * Puts into the kernel what user space has decided: answers, rejected names, classes of clients.
 */
@NullMarked
package dev.gander.publish;

import org.jspecify.annotations.NullMarked;
