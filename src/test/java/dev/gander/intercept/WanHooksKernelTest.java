package dev.gander.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gander.kernel.Lab;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hook on a WAN interface, as a TCX link and as a filter. */
@Tag("kernel")
class WanHooksKernelTest {

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theHookComesAndGoesWithItsName(boolean clsact) throws Exception {
    try (Lab lab = new Lab('y', 'z')) {
      String filters = "tc filter show dev lan0 egress";
      Interceptor interceptor =
          lab.router().call(() -> Interceptor.open(1, Rig.without(clsact, false, false)));
      apply(lab, interceptor, List.of("lan0"));
      assertThat(interceptor.wanInterfaces()).containsExactly("lan0");
      assertThat(lab.inRouter(filters).contains("gander_wan_egress")).isEqualTo(clsact);
      apply(lab, interceptor, List.of());
      assertThat(interceptor.wanInterfaces()).isEmpty();
      assertThat(lab.inRouter(filters)).doesNotContain("gander_wan_egress");
      apply(lab, interceptor, List.of("lan*"));
      assertThat(interceptor.wanInterfaces()).containsExactly("lan0");
      interceptor.close();
      assertThat(lab.inRouter(filters)).doesNotContain("gander_wan_egress");
    }
  }

  private static void apply(Lab lab, Interceptor interceptor, List<String> wan) throws Exception {
    lab.router()
        .call(() -> {
          interceptor.apply(List.of(), wan);
          return 0;
        });
  }
}
