package dev.gander.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KernelFeaturesTest {

  @Test
  void releasesAreComparedByTheirNumbers() {
    assertThat(KernelFeatures.isAtLeast("6.8.0-45-generic", 6, 8)).isTrue();
    assertThat(KernelFeatures.isAtLeast("6.18.44-fc", 6, 8)).isTrue();
    assertThat(KernelFeatures.isAtLeast("10.0", 6, 8)).isTrue();
    assertThat(KernelFeatures.isAtLeast("6.7.12", 6, 8)).isFalse();
    assertThat(KernelFeatures.isAtLeast("5.19", 6, 8)).isFalse();
    assertThat(KernelFeatures.isAtLeast("unheard-of", 6, 8)).isFalse();
  }

  @Test
  void cpusAreCountedFromTheirRanges() {
    assertThat(KernelFeatures.countCpus("0")).isEqualTo(1);
    assertThat(KernelFeatures.countCpus("0-1")).isEqualTo(2);
    assertThat(KernelFeatures.countCpus("0-3,8,10-11")).isEqualTo(7);
  }
}
