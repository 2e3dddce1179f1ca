package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ServingMapTest {

  private static CountedServable servable(String name, long version) {
    return new CountedServable(new ServableId(name, version), "object");
  }

  @Test
  void changeLeavesTheOldMapAlone() {
    CountedServable one = servable("m", 1);
    ServingMap before = ServingMap.EMPTY.with(one);
    ServingMap after = before.with(servable("m", 2)).without(one.id());
    assertThat(before.find(ServableRequest.latest("m"))).isSameAs(one);
    assertThat(before.find(ServableRequest.specific("m", 2))).isNull();
    assertThat(after.find(ServableRequest.specific("m", 1))).isNull();
    assertThat(after.all())
        .extracting(CountedServable::id)
        .isEqualTo(List.of(new ServableId("m", 2)));
  }

  @Test
  void latestIsTheHighestReadyAndEarliestTheLowest() { // BM-2
    ServingMap map =
        ServingMap.EMPTY.with(servable("m", 2)).with(servable("m", 10)).with(servable("m", 9));
    assertThat(map.find(ServableRequest.latest("m")).id().version()).isEqualTo(10);
    assertThat(map.find(ServableRequest.earliest("m")).id().version()).isEqualTo(2);
    assertThat(map.find(ServableRequest.latest("n"))).isNull();
  }

  @Test
  void tableGivesBackWhatItWithdraws() { // FR-1
    LookUpTable table = new LookUpTable();
    assertThat(table.available()).isEmpty();
    CountedServable one = servable("m", 1);
    table.publish(one);
    try (ServableHandle<String> handle = table.handle(ServableRequest.latest("m"), String.class)) {
      assertThat(handle.servable()).isEqualTo("object");
    }
    assertThat(table.withdraw(one.id())).isSameAs(one);
    assertThat(table.available()).isEmpty();
  }

  @Test
  void streamWithoutVersionsIsGone() {
    ServingMap map = ServingMap.EMPTY.with(servable("m", 1)).without(new ServableId("m", 1));
    assertThat(map.find(ServableRequest.latest("m"))).isNull();
    assertThat(map.find(ServableRequest.earliest("m"))).isNull();
    assertThat(map.all()).isEmpty();
  }

  @Test
  void retireWaitsForTheLastLoanOnly() { // FR-3
    CountedServable servable = servable("m", 1);
    AtomicInteger returned = new AtomicInteger();
    assertThat(servable.borrow()).isTrue();
    assertThat(servable.borrow()).isTrue();
    assertThat(servable.retire(returned::incrementAndGet)).isFalse();
    assertThat(servable.borrow()).isFalse();
    servable.giveBack();
    assertThat(returned).hasValue(0);
    servable.giveBack();
    assertThat(returned).hasValue(1);
    assertThat(servable.borrow()).isFalse();
    assertThat(returned).hasValue(1);
  }

  @Test
  void retireWithoutLoansIsDoneAtOnce() {
    CountedServable servable = servable("m", 1);
    AtomicInteger returned = new AtomicInteger();
    assertThat(servable.retire(returned::incrementAndGet)).isTrue();
    assertThat(servable.borrow()).isFalse();
    assertThat(returned).hasValue(0);
  }
}
