package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import org.junit.jupiter.api.Test;

class InFlightBytesTest {

  private final InFlightBytes budget = new InFlightBytes(100);

  @Test
  void whatDoesNotFitNowIsUnavailableAndWhatNeverDoesIsTooMuch() {
    InFlightBytes.Lease first = budget.lease();
    first.take(60);
    InFlightBytes.Lease second = budget.lease();
    assertThatThrownBy(() -> second.take(41))
        .isInstanceOfSatisfying(
            StatusException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(StatusCode.UNAVAILABLE))
        .hasMessage(
            "requests of 60 bytes are in flight, and 41 more would be above the 100 that"
                + " --max_inflight_bytes allows; retry later");
    second.take(40);
    assertThat(budget.used()).isEqualTo(100);
    assertThatThrownBy(() -> second.take(61))
        .isInstanceOfSatisfying(
            StatusException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(StatusCode.RESOURCE_EXHAUSTED));
    assertThatThrownBy(() -> budget.lease().take(Long.MAX_VALUE))
        .isInstanceOf(StatusException.class);
    assertThat(budget.used()).isEqualTo(100);
  }

  @Test
  void lastHolderGivesBackAndOnlyOnce() {
    InFlightBytes.Lease lease = budget.lease();
    lease.take(60);
    Runnable share = lease.share();
    lease.release();
    assertThat(budget.used()).isEqualTo(60);
    lease.add(100);
    assertThat(budget.used()).as("an answer is counted even where it does not fit").isEqualTo(160);
    share.run();
    share.run();
    assertThat(budget.used()).isZero();
  }
}
