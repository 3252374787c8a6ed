/** Rules normalised once and lowered to matchers of DNS requests and responses. */
@NullMarked
package dev.gander.route;

import org.jspecify.annotations.NullMarked;
