package dev.sluice.core;

import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Handles that are held while versions come and go: each is of the version it names, which is open
 * for as long as it is lent and closed once it is neither served nor lent; a look-up finds what a
 * set of numbers would.
 */
@Tag("stress")
public class HandleLincheckTest {

  /** Versions 1 and 2 of a model; each thread holds one handle at most. */
  public static class Lending {

    private static final class Content {
      private final long version;
      private volatile int closed;

      Content(long version) {
        this.version = version;
      }
    }

    private final LookUpTable table = new LookUpTable();
    private final Map<Long, Content> served = new ConcurrentHashMap<>();
    private final Map<Content, Boolean> all = new ConcurrentHashMap<>();
    private final Map<Integer, ServableHandle<Content>> held = new ConcurrentHashMap<>();

    /** Takes a handle in the place of the one it has; says of which version, 0 for none. */
    @Operation
    public long latest(@Param(gen = ThreadIdGen.class) int thread) {
      return take(thread, ServableRequest.latest("m"));
    }

    @Operation
    public long earliest(@Param(gen = ThreadIdGen.class) int thread) {
      return take(thread, ServableRequest.earliest("m"));
    }

    @Operation
    public long second(@Param(gen = ThreadIdGen.class) int thread) {
      return take(thread, ServableRequest.specific("m", 2));
    }

    private long take(int thread, ServableRequest request) {
      giveBack(thread);
      try {
        ServableHandle<Content> handle = table.handle(request, Content.class);
        held.put(thread, handle);
        return handle.id().version();
      } catch (RuntimeException missing) {
        return 0;
      }
    }

    /** What the thread sees through the handle that it has. */
    @Operation
    public String use(@Param(gen = ThreadIdGen.class) int thread) {
      ServableHandle<Content> handle = held.get(thread);
      if (handle == null) {
        return "none";
      }
      Content content = handle.servable();
      return handle.id().version()
          + (content.version == handle.id().version() ? "" : " is " + content.version)
          + (content.closed == 0 ? "" : " closed");
    }

    @Operation
    public void giveBack(@Param(gen = ThreadIdGen.class) int thread) {
      ServableHandle<Content> handle = held.remove(thread);
      if (handle != null) {
        handle.close();
        handle.close(); // the second time does nothing
      }
    }

    @Operation(nonParallelGroup = "versions")
    public void swapFirst() {
      swap(1);
    }

    @Operation(nonParallelGroup = "versions")
    public void swapSecond() {
      swap(2);
    }

    private void swap(long version) {
      ServableId id = new ServableId("m", version);
      Content gone = served.remove(version);
      if (gone == null) {
        Content fresh = new Content(version);
        served.put(version, fresh);
        all.put(fresh, true);
        table.publish(new CountedServable(id, fresh));
      } else if (table.withdraw(id).retire(() -> gone.closed++)) {
        gone.closed++;
      }
    }

    /** Nothing is left open that nobody has, and nothing is closed that somebody has. */
    @Validate
    public void whatIsNeitherServedNorHeldIsClosedOnce() {
      for (Content content : all.keySet()) {
        boolean inUse =
            served.containsValue(content)
                || held.values().stream().anyMatch(handle -> handle.servable() == content);
        if (content.closed != (inUse ? 0 : 1)) {
          throw new IllegalStateException(
              "version %d %s, closed %d times"
                  .formatted(content.version, inUse ? "in use" : "not in use", content.closed));
        }
      }
    }
  }

  /** What {@link Lending} is to come to. */
  public static class LendingModel {

    private final TreeSet<Long> served = new TreeSet<>();
    private final Map<Integer, Long> held = new ConcurrentHashMap<>();

    public long latest(int thread) {
      return take(thread, served.isEmpty() ? 0 : served.last());
    }

    public long earliest(int thread) {
      return take(thread, served.isEmpty() ? 0 : served.first());
    }

    public long second(int thread) {
      return take(thread, served.contains(2L) ? 2 : 0);
    }

    private long take(int thread, long version) {
      giveBack(thread);
      if (version != 0) {
        held.put(thread, version);
      }
      return version;
    }

    public String use(int thread) {
      return held.containsKey(thread) ? held.get(thread).toString() : "none";
    }

    public void giveBack(int thread) {
      held.remove(thread);
    }

    public void swapFirst() {
      swap(1);
    }

    public void swapSecond() {
      swap(2);
    }

    private void swap(long version) {
      if (!served.remove(version)) {
        served.add(version);
      }
    }
  }

  @Test
  void handlesAreOfWhatTheyNameAndKeepItOpen() {
    new StressOptions()
        .iterations(25)
        .invocationsPerIteration(1000)
        .threads(3)
        .actorsBefore(2)
        .actorsPerThread(4)
        .actorsAfter(2)
        .sequentialSpecification(LendingModel.class)
        .check(Lending.class);
  }
}
