package dev.gander.path;

import dev.gander.dial.Dialer;
import dev.gander.forward.Exits;
import dev.gander.forward.Outbound;
import dev.gander.forward.Way;
import java.util.List;

/**
 * Through no proxy.
 *
 * @param mark of the sockets; 0 for the configuration's own
 */
record Straight(Dialer dialer, int mark) implements Outbound, Way {

  @Override
  public String name() {
    return mark == 0 ? "direct" : "direct(mark: 0x" + Integer.toHexString(mark) + ")";
  }

  @Override
  public boolean hedges() {
    return false;
  }

  @Override
  public List<Way> ways(Exits.Flow flow) {
    return List.of(this);
  }

  @Override
  public boolean carriesDatagrams() {
    return true;
  }

  /** Nothing: there is no other straight way that could be preferred. */
  @Override
  public void answered(long nanos) {}

  @Override
  public void failed(String why) {}
}
