package dev.gander.forward;

import dev.gander.message.Client;
import java.util.List;

/** What is asked by the ways out which traffic rules choose. Any thread. */
interface ByExit {

  /** The outbounds that this client's questions take, where they are not everybody's. */
  String exits(Client client);

  /** The outbound of the last question; empty before the first. */
  String lastOutbound();

  /** How it does by each way. */
  List<UpstreamStatus> status();
}
