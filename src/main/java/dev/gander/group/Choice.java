package dev.gander.group;

import java.util.Optional;

/**
 * The node for one flow.
 *
 * @param second whom to ask when {@code node} fails, or is slow where the policy is {@code hedge};
 *     none where the policy is {@code fixed} or there is no other
 * @param usualNanos the time in which an answer by {@code node} usually comes; the second is asked
 *     when it has passed
 */
public record Choice(Node node, Optional<Node> second, long usualNanos) {}
