package dev.gander.daemon;

import dev.gander.config.DnsSettings;
import dev.gander.config.GlobalSettings;
import dev.gander.config.Settings;
import dev.gander.geodata.GeoDataFiles;
import dev.gander.publish.TrafficPublisher;
import dev.gander.route.TrafficRouter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What a configuration says about answers from the kernel, and about traffic there. */
final class KernelTerms {

  private KernelTerms() {}

  /**
   * Whether the kernel may answer at all. Not where each query must be seen here: to count it
   * against its client's limit, or because answers depend on the client's network.
   */
  static boolean allow(Settings settings) {
    DnsSettings dns = settings.dns();
    return dns.kernelAnswers() > 0
        && dns.clientRateLimit().perSecond() == 0
        && !(dns.ecs() instanceof DnsSettings.Ecs.Forward);
  }

  /** One of so many queries is told to the query log; 0 where there is none. */
  static int sample(Settings settings) {
    GlobalSettings global = settings.global();
    return global.queryLog().isEmpty() ? 0 : global.logSample();
  }

  /** The traffic rules for the kernel. */
  static TrafficPublisher.Terms traffic(GlobalSettings global, TrafficRouter router) {
    boolean reject = global.blockWith() == GlobalSettings.BlockWith.REJECT;
    return new TrafficPublisher.Terms(router, reject, global.bpfConnStateMapSize());
  }

  /** Equal where configurations would give equal answers to all clients. */
  static long policy(Settings settings, GeoDataFiles geodata, Path hosts) {
    try {
      byte[] text =
          CacheScope.wholeFingerprint(settings, geodata, hosts).getBytes(StandardCharsets.UTF_8);
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
