package dev.gander.group;

import dev.gander.config.Group.Policy.By;
import java.util.List;

/**
 * Rendezvous hashing: each node has a score for each key and the highest wins. When a node dies,
 * only its own keys move, and they move back when it returns.
 */
final class Rendezvous {

  private Rendezvous() {}

  /**
   * The node that keeps this client or domain.
   *
   * @param usable not empty
   */
  static Member pick(List<Member> usable, By by, Key key) {
    long hash = hash(by, key);
    Member best = usable.getFirst();
    long most = Long.MIN_VALUE;
    for (Member member : usable) {
      long score = mixed(hash ^ member.hash());
      if (score > most) {
        most = score;
        best = member;
      }
    }
    return best;
  }

  /** A flow without the one is told apart by the other. */
  private static long hash(By by, Key key) {
    boolean client = key.client().isPresent() && (by == By.CLIENT || key.domain().isEmpty());
    return client ? mixed(key.client().get().hashCode()) : hash(key.domain());
  }

  /** FNV-1a over the characters. */
  static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return mixed(hash);
  }

  /** The end of MurmurHash3: every bit of the one depends on every bit of the other. */
  private static long mixed(long value) {
    long mixed = value;
    mixed = (mixed ^ (mixed >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
