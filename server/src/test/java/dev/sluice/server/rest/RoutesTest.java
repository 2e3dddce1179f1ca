package dev.sluice.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusException;
import org.junit.jupiter.api.Test;

class RoutesTest {

  private final Routes routes = new Routes();

  @Test
  void sameTargetIsMatchedOnce() {
    Route first = routes.of("POST", "/v1/models/m:predict");
    assertThat(first).isEqualTo(Route.parse("POST", "/v1/models/m:predict"));
    assertThat(routes.of("POST", new String("/v1/models/m:predict"))).isSameAs(first);
  }

  @Test
  void methodsAndTargetsThatShareAPlaceAreToldApart() {
    String one = "/v1/models/Aa"; // the same hash
    String other = "/v1/models/BB";
    assertThat(one.hashCode()).isEqualTo(other.hashCode());
    for (int i = 0; i < 2; i++) {
      assertThat(routes.of("GET", one).model().name()).isEqualTo("Aa");
      assertThat(routes.of("GET", other).model().name()).isEqualTo("BB");
      assertThatThrownBy(() -> routes.of("POST", other)).isInstanceOf(StatusException.class);
    }
  }

  @Test
  void longTargetsAreNotKept() {
    String target = "/v1/models/" + "m".repeat(600);
    assertThat(routes.of("GET", target)).isNotSameAs(routes.of("GET", target));
  }
}
