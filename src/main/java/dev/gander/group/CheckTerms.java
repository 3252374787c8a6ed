package dev.gander.group;

import dev.gander.config.GlobalSettings;
import dev.gander.config.Group.HealthCheck;
import java.time.Duration;
import java.util.List;

/**
 * What health checks ask, and how often: what a group says, else what {@code global} says. Groups
 * with equal terms share what is known of their nodes.
 */
record CheckTerms(
    List<String> tcpCheckUrl, String httpMethod, List<String> udpCheckDns, Duration interval) {

  static CheckTerms of(GlobalSettings global, HealthCheck group) {
    return new CheckTerms(
        group.tcpCheckUrl().orElse(global.tcpCheckUrl()),
        group.tcpCheckHttpMethod().orElse(global.tcpCheckHttpMethod()),
        group.udpCheckDns().orElse(global.udpCheckDns()),
        group.checkInterval().orElse(global.checkInterval()));
  }
}
