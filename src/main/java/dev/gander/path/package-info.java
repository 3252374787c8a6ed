/**
 * Which way gander's own questions take: the traffic rules, applied to a server's address with the
 * client's identity, then a group's policy, then a node.
 */
@NullMarked
package dev.gander.path;

import org.jspecify.annotations.NullMarked;
