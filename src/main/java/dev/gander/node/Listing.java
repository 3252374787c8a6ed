package dev.gander.node;

import java.util.List;

/**
 * What a subscription lists.
 *
 * @param links share links, as {@link ProxyLinks} reads them; they may still be broken
 * @param refused what cannot be said as a link, and why: one line each, without secrets
 */
public record Listing(List<String> links, List<String> refused) {

  public Listing {
    links = List.copyOf(links);
    refused = List.copyOf(refused);
  }
}
