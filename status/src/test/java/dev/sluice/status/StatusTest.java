package dev.sluice.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StatusTest {

  @Test
  void numbersAreTheCanonicalOnes() {
    for (StatusCode code : StatusCode.values()) {
      assertThat(code.number()).isBetween(0, 16);
      assertThat(StatusCode.ofNumber(code.number())).isEqualTo(code);
    }
    assertThat(StatusCode.UNAUTHENTICATED.number()).isEqualTo(16);
  }

  @Test
  void numberOutsideTheTableIsUnknown() {
    assertThat(StatusCode.ofNumber(17)).isEqualTo(StatusCode.UNKNOWN);
    assertThat(StatusCode.ofNumber(-1)).isEqualTo(StatusCode.UNKNOWN);
  }

  @Test
  void textIsThatOfTheReference() {
    assertThat(Status.OK).hasToString("OK");
    assertThat(StatusException.notFound("no %s", "x").status()).hasToString("NOT_FOUND: no x");
  }

  @Test
  void textFromOutsideIsAnArgumentAndStaysVerbatim() {
    assertThat(StatusException.internal("%s", "100 %").getMessage()).isEqualTo("100 %");
  }

  @Test
  void strangeFailureIsInternal() {
    Status status = Status.of(new IllegalStateException("oops"));
    assertThat(status.code()).isEqualTo(StatusCode.INTERNAL);
    assertThat(status.message()).contains("IllegalStateException").contains("oops");
    assertThat(Status.of(StatusException.unavailable("later")).code())
        .isEqualTo(StatusCode.UNAVAILABLE);
  }

  @Test
  void okIsNotAFailure() {
    assertThatThrownBy(() -> new StatusException(StatusCode.OK, "fine"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
