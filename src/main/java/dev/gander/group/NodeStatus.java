package dev.gander.group;

import java.util.List;

/**
 * How a node of a group does for one use, for people and programs. Times are nanoseconds, 0 while
 * unknown.
 *
 * @param tag of the node's subscription; empty for {@code node}
 * @param use such as {@code dns udp4}
 * @param state {@code unknown} before the first check that proves something, {@code ok}, {@code
 *     suspect} after a failure of real traffic until the next check, {@code dead} after a check
 *     that failed
 * @param chosen whether the group's latency policy would take it now
 * @param lastNanos of the last check that worked
 * @param avg10Nanos over the last ten checks; one that failed counts as its time-out
 * @param movingAvgNanos half the last, half what it was before
 * @param history the last checks, oldest first; 0: failed
 * @param why it is suspect or dead, or why checks say nothing of it; else empty
 */
public record NodeStatus(
    String group,
    String node,
    String tag,
    String use,
    String state,
    boolean chosen,
    long lastNanos,
    long avg10Nanos,
    long movingAvgNanos,
    List<Long> history,
    String why) {}
