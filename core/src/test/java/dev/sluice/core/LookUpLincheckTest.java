package dev.sluice.core;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a few look-ups, publications and withdrawals come to is what some order of them comes to.
 * The count is small enough to check its interleavings; the table with its maps is raced instead.
 */
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

  /** One servable that is borrowed and retired; the text says what a borrower got. */
  public static class Loan {

    private final CountedServable servable =
        new CountedServable(new ServableId("m", 1), new Object());
    private boolean retired;
    private volatile boolean closed;

    @Operation
    public String borrow() {
      if (!servable.borrow()) {
        return "too late";
      }
      String found = closed ? "closed" : "open";
      servable.giveBack();
      return found;
    }

    @Operation(nonParallelGroup = "writers")
    public void retire() {
      if (!retired) {
        retired = true;
        if (servable.retire(() -> closed = true)) {
          closed = true;
        }
      }
    }
  }

  @Test
  void everyInterleavingOfLoansHasAnOrder() {
    new ModelCheckingOptions()
        .iterations(50)
        .invocationsPerIteration(1000)
        .threads(2)
        .actorsPerThread(3)
        .check(Loan.class);
  }

  @Test
  void everyRaceOfLookUpsHasAnOrder() {
    new StressOptions()
        .iterations(20)
        .invocationsPerIteration(1000)
        .threads(3)
        .actorsPerThread(3)
        .check(Table.class);
  }
}
