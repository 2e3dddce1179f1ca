package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkersTest {

  private static Workers workers(int loadThreads, int unloadThreads, boolean byHand) {
    return new Workers(
        ManagerOptions.defaults().withLoadThreads(loadThreads).withUnloadThreads(unloadThreads),
        byHand,
        () -> {});
  }

  private static Thread threadOfALoad(Workers workers) {
    List<Thread> seen = new CopyOnWriteArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    workers.load(() -> {
      seen.add(Thread.currentThread());
      done.countDown();
    });
    Waiting.on(done);
    return seen.getFirst();
  }

  @Test
  void zeroThreadsByHandIsTheCaller() throws InterruptedException { // BM-22
    Workers workers = workers(2, 0, true);
    assertThat(workers.loadThreads()).isEqualTo(2);
    assertThat(threadOfALoad(workers).getName()).startsWith("sluice-load-");
    assertThat(threadOfALoad(workers).isDaemon()).isTrue();
    workers.setLoadThreads(0);
    assertThat(workers.loadThreads()).isZero();
    assertThat(threadOfALoad(workers)).isSameAs(Thread.currentThread());
    workers.shutdown();
  }

  @Test
  void zeroThreadsOtherwiseIsOneSerialWorker() {
    Workers workers = workers(0, 0, false);
    CountDownLatch hold = new CountDownLatch(1);
    workers.load(() -> Waiting.on(hold));
    assertThat(workers.mustWait(VersionAction.Kind.LOAD)).isTrue();
    assertThat(workers.mustWait(VersionAction.Kind.UNLOAD)).isTrue();
    hold.countDown();
    assertThat(threadOfALoad(workers).getName()).isEqualTo("sluice-load-serial-1");
    workers.shutdown();
  }

  @Test
  void unloadsWithThreadsDoNotWaitForTheSerialWorker() {
    Workers workers = workers(0, 1, false);
    CountDownLatch hold = new CountDownLatch(1);
    CountDownLatch unloaded = new CountDownLatch(1);
    workers.load(() -> Waiting.on(hold));
    assertThat(workers.mustWait(VersionAction.Kind.UNLOAD)).isFalse();
    workers.unload(unloaded::countDown);
    Waiting.on(unloaded);
    hold.countDown();
    workers.shutdown();
  }

  @Test
  void poolOfOneReplacedByAnotherNeverOverlaps() throws InterruptedException { // BM-23
    Workers workers = workers(1, 0, true);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(40);
    Runnable task =
        () -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          Thread.onSpinWait();
          running.decrementAndGet();
          done.countDown();
        };
    Thread loading =
        Waiting.start(() -> {
          for (int i = 0; i < 40; i++) {
            workers.load(task);
          }
        });
    for (int i = 0; i < 10; i++) {
      workers.setLoadThreads(1);
    }
    Waiting.on(loading);
    Waiting.on(done);
    assertThat(most).hasValue(1);
    workers.shutdown();
  }

  @Test
  void changeReturnsWhenTheOldLoadsAreDone() throws InterruptedException { // BM-24
    for (boolean byHand : List.of(true, false)) {
      Workers workers = workers(0, 0, byHand);
      workers.setLoadThreads(32);
      AtomicInteger done = new AtomicInteger();
      for (int i = 0; i < 20; i++) {
        workers.load(() -> {
          Thread.onSpinWait();
          done.incrementAndGet();
        });
      }
      workers.setLoadThreads(0);
      assertThat(done).hasValue(20);
      workers.shutdown();
    }
  }

  @Test
  void loadsOfTheNewPoolWaitForTheOld() throws InterruptedException {
    Workers workers = workers(0, 0, false);
    List<String> order = new CopyOnWriteArrayList<>();
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch hold = new CountDownLatch(1);
    workers.load(() -> {
      running.countDown();
      Waiting.on(hold);
      order.add("old");
    });
    Waiting.on(running);
    Thread resizing =
        Waiting.start(() -> {
          try {
            workers.setLoadThreads(2);
          } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
          }
        });
    while (workers.mustWait(VersionAction.Kind.LOAD)) {
      Thread.onSpinWait();
    }
    CountDownLatch done = new CountDownLatch(1);
    workers.load(() -> {
      order.add("new");
      done.countDown();
    });
    hold.countDown();
    Waiting.on(resizing);
    Waiting.on(done);
    assertThat(order).containsExactly("old", "new");
    workers.shutdown();
  }
}
