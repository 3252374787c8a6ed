package dev.gander.publish;

import dev.gander.intercept.RulesImage;
import dev.gander.route.TrafficRoute;
import dev.gander.route.TrafficRouter;
import dev.gander.route.TrafficSink;
import org.jspecify.annotations.Nullable;

/** Gives the kernel the traffic rules that {@code route} has lowered. */
public final class TrafficImage implements TrafficSink {

  private final boolean reject;
  private @Nullable RulesImage image;

  private TrafficImage(boolean reject) {
    this.reject = reject;
  }

  /**
   * The rules as the kernel takes them.
   *
   * @param reject whether what is blocked is told so
   */
  public static RulesImage of(TrafficRouter router, boolean reject) {
    TrafficImage made = new TrafficImage(reject);
    router.lower(made);
    return made.image();
  }

  private RulesImage image() {
    if (image == null) {
      throw new IllegalStateException("the shape comes first");
    }
    return image;
  }

  @Override
  public void shape(int rules, int blocksEach, int mustRules, boolean decidesQueries) {
    image = new RulesImage(rules, blocksEach, mustRules, reject, decidesQueries);
  }

  @Override
  public void vectors(int[] blocks, long[] words) {
    image().setVectors(blocks, words);
  }

  @Override
  public void noDomain(int vector) {
    image().setNoDomain(vector);
  }

  @Override
  public void narrow(int fact, int[] firsts, int[] vectors) {
    image().setNarrow(fact, firsts, vectors);
  }

  @Override
  public void wide(int fact, long[] highs, long[] lows, int[] vectors) {
    image().setWide(fact, highs, lows, vectors);
  }

  @Override
  public void verdict(int rule, @Nullable TrafficRoute route) {
    if (route == null) {
      image().setMustRules(rule);
      return;
    }
    int outbound =
        switch (route) {
          case TrafficRoute.Direct _ -> RulesImage.DIRECT;
          case TrafficRoute.Block _ -> RulesImage.BLOCK;
          case TrafficRoute.ToGroup group -> RulesImage.FIRST_GROUP + group.number();
        };
    image().setVerdict(rule, outbound, route.must(), route.mark());
  }
}
