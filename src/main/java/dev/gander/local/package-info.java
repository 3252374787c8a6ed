/** Names that need no upstream: hosts, and the names that must not leave (RFC 6761, RFC 6303). */
@NullMarked
package dev.gander.local;

import org.jspecify.annotations.NullMarked;
