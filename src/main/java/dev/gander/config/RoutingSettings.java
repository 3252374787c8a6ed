package dev.gander.config;

import java.util.List;

/** {@code routing { … }}: first match wins, else {@code fallback}. */
public record RoutingSettings(List<Rule> rules, Rule.Outbound fallback) {}
