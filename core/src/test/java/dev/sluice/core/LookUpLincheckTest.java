package dev.sluice.core;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every interleaving of a few look-ups, publications and withdrawals is that of some order. */
@Tag("stress")
public class LookUpLincheckTest {

  /** Two versions that come and go. A loan reports a servable that was closed under it. */
  public static class Table {

    private static final class Content {
      volatile boolean closed;
    }

    private final LookUpTable table = new LookUpTable();
    private boolean hasOne;
    private boolean hasTwo;

    public Table() {
      publish(1);
      hasOne = true;
    }

    private void publish(long version) {
      table.publish(new CountedServable(new ServableId("m", version), new Content()));
    }

    private void withdraw(long version) {
      CountedServable gone = table.withdraw(new ServableId("m", version));
      Content content = (Content) gone.servable();
      if (gone.retire(() -> content.closed = true)) {
        content.closed = true;
      }
    }

    /** The latest version; 0 if there is none. */
    @Operation
    public long latest() {
      ServableHandle<Content> handle;
      try {
        handle = table.handle(ServableRequest.latest("m"), Content.class);
      } catch (RuntimeException missing) {
        return 0;
      }
      try (handle) {
        return handle.servable().closed ? -1 : handle.id().version();
      }
    }

    @Operation(nonParallelGroup = "writers")
    public void swapOne() {
      if (hasOne) {
        withdraw(1);
      } else {
        publish(1);
      }
      hasOne = !hasOne;
    }

    @Operation(nonParallelGroup = "writers")
    public void swapTwo() {
      if (hasTwo) {
        withdraw(2);
      } else {
        publish(2);
      }
      hasTwo = !hasTwo;
    }
  }

  @Test
  void everyInterleavingHasAnOrder() {
    new ModelCheckingOptions()
        .iterations(20)
        .invocationsPerIteration(500)
        .threads(3)
        .actorsPerThread(3)
        .check(Table.class);
  }

  @Test
  void everyRaceHasAnOrder() {
    new StressOptions()
        .iterations(20)
        .invocationsPerIteration(1000)
        .threads(3)
        .actorsPerThread(3)
        .check(Table.class);
  }
}
