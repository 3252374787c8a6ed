package dev.gander.path;

import dev.gander.config.Endpoint;
import dev.gander.config.Place;
import dev.gander.forward.Exits;
import dev.gander.forward.Outbound;
import dev.gander.forward.UpstreamException;
import dev.gander.forward.Way;
import dev.gander.message.ExtendedError;
import java.util.List;

/**
 * Nowhere.
 *
 * @param place of the rule that says so
 */
record Blocked(Place place) implements Outbound {

  @Override
  public String name() {
    return "block";
  }

  @Override
  public boolean hedges() {
    return false;
  }

  @Override
  public List<Way> ways(Exits.Flow flow) throws UpstreamException {
    throw new UpstreamException(
        ExtendedError.PROHIBITED,
        "the rule at " + place + " blocks the way to " + Endpoint.text(flow.server()));
  }
}
