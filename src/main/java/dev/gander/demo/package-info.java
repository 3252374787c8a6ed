/** {@code gander demo}: a lab of namespaces, a story told in it, and every claim of it checked. */
@NullMarked
package dev.gander.demo;

import org.jspecify.annotations.NullMarked;
