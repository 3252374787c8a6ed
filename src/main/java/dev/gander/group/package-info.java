/**
 * Nodes and groups of them: which nodes a configuration has, which node a group uses for what, and
 * whether it lives.
 */
@NullMarked
package dev.gander.group;

import org.jspecify.annotations.NullMarked;
