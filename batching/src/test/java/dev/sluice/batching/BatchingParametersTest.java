package dev.sluice.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import dev.sluice.testkit.Spec;
import org.junit.jupiter.api.Test;

class BatchingParametersTest {

  private static void assertRefused(Parameters parameters, String message) {
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> parameters.get().check())
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(StatusCode.INVALID_ARGUMENT))
        .withMessage(message);
  }

  @Test
  void defaultsAreThoseOfTheReference() {
    BatchingParameters defaults = BatchingParameters.DEFAULTS.check();
    assertThat(defaults.maxBatchSize()).isEqualTo(1000);
    assertThat(defaults.batchTimeoutMicros()).isZero();
    assertThat(defaults.queueLimit()).isEqualTo(10);
    assertThat(defaults.executionLimit()).isEqualTo(1000);
    assertThat(defaults.roundedUp(7)).isEqualTo(7);
  }

  @Test
  void limitOfABatchIsThatOfARequestUnlessSaidOtherwise() {
    assertThat(Parameters.unset().splitting().get().check().executionLimit()).isEqualTo(1000);
    assertThat(Parameters.max(8).splitting().get().check().executionLimit()).isEqualTo(8);
    assertThat(Parameters.max(8).splitting(3).get().check().executionLimit()).isEqualTo(3);
    assertThat(Parameters.max(8).splitting(8).get().check().executionLimit()).isEqualTo(8);
  }

  @Test
  void withoutRoomForABatchThereIsRoomForOne() {
    assertThat(Parameters.max(4).enqueued(0).get().check().queueLimit()).isEqualTo(1);
    assertRefused(
        Parameters.max(4).enqueued(0).splitting(2), "max_enqueued_batches must be positive; was 0");
  }

  @Test
  void flawsAreToldInTheWordsOfTheReference() {
    assertRefused(Parameters.max(0), "input_batch_size_limit must be positive; was 0");
    assertRefused(Parameters.max(-3), "input_batch_size_limit must be positive; was -3");
    assertRefused(
        Parameters.max(4).timeoutMicros(-1), "batch_timeout_micros must be non-negative; was -1");
    assertRefused(
        Parameters.max(4).enqueued(-1), "max_enqueued_batches must be non-negative; was -1");
    assertRefused(
        Parameters.max(4).splitting(5),
        "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or"
            + " equal to max_execution_batch_size. They are 4 and 5");
    assertRefused(
        Parameters.max(4).splitting(0), "max_execution_batch_size must be positive; was 0");
  }

  @Test
  @Spec("BS-16")
  void lastAllowedSizeMustBeTheMostRowsOfARequest() {
    String flaw =
        "Last entry in allowed_batch_sizes must match max_batch_size; last entry was %d; expected"
            + " %d";
    assertRefused(Parameters.max(4).allowed(2L, 8L), flaw.formatted(8, 4));
    assertRefused(Parameters.max(4).allowed(4L, 2L), flaw.formatted(2, 4));
    assertRefused(Parameters.max(8).allowed(2L, 4L).splitting(4), flaw.formatted(4, 8));
    assertRefused(Parameters.unset().allowed(2L, 4L), flaw.formatted(4, 1000));
    assertThat(Parameters.unset().allowed(1000L).get().check().roundedUp(1)).isEqualTo(1000);
  }

  @Test
  void batchIsFilledUpToTheFirstListedSizeThatHoldsIt() {
    BatchingParameters sorted = Parameters.max(4).allowed(1L, 3L, 4L).get().check();
    assertThat(sorted.roundedUp(0)).isEqualTo(1);
    assertThat(sorted.roundedUp(1)).isEqualTo(1);
    assertThat(sorted.roundedUp(2)).isEqualTo(3);
    assertThat(sorted.roundedUp(4)).isEqualTo(4);
    BatchingParameters unsorted = Parameters.max(8).allowed(4L, 2L, 8L).get().check();
    assertThat(unsorted.roundedUp(1)).as("not the smallest").isEqualTo(4);
  }
}
