package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class IdentityTest {

  private static final ServableId FOO_3 = new ServableId("foo", 3);

  @Test
  void idsAreEqualByNameAndVersion() { // ID-1
    assertThat(FOO_3)
        .isEqualTo(new ServableId("foo", 3))
        .isNotEqualTo(new ServableId("foo", 4))
        .isNotEqualTo(new ServableId("bar", 3))
        .hasToString("{name: foo version: 3}");
  }

  @Test
  void idsAreOrderedByNameAndThenByVersion() { // ID-2
    ServableId b1 = new ServableId("b", 1);
    ServableId a10 = new ServableId("a", 10);
    ServableId a9 = new ServableId("a", 9);
    assertThat(Stream.of(b1, a10, a9).sorted()).containsExactly(a9, a10, b1);
    assertThat(FOO_3.compareTo(new ServableId("foo", 3))).isZero();
  }

  @Test
  void dataWithPayloadIsOk() { // ID-3
    ServableData<Path> data = ServableData.of(FOO_3, Path.of("/m/3"));
    assertThat(data.id()).isEqualTo(FOO_3);
    assertThat(data.status()).isEqualTo(Status.OK);
    assertThat(data.payload()).isEqualTo(Path.of("/m/3"));
  }

  @Test
  void dataWithErrorHasNoPayload() { // ID-4
    Status failure = new Status(StatusCode.UNKNOWN, "broken");
    ServableData<Path> data = ServableData.error(FOO_3, failure);
    assertThat(data.id()).isEqualTo(FOO_3);
    assertThat(data.status()).isEqualTo(failure);
    assertThatThrownBy(data::payload).isInstanceOf(StatusException.class).hasMessage("broken");
    assertThatThrownBy(() -> ServableData.error(FOO_3, Status.OK))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void dataIsEqualByIdAndContent() { // ID-5
    Path path = Path.of("/m/3");
    Status failure = new Status(StatusCode.UNKNOWN, "broken");
    assertThat(ServableData.of(FOO_3, path))
        .isEqualTo(ServableData.of(FOO_3, path))
        .isNotEqualTo(ServableData.of(FOO_3, Path.of("/m/4")))
        .isNotEqualTo(ServableData.error(FOO_3, failure));
    assertThat(ServableData.error(FOO_3, failure)).isEqualTo(ServableData.error(FOO_3, failure));
  }

  @Test
  void requestsPrintAsInTheReference() { // ID-6
    assertThat(ServableRequest.specific("foo", 3)).hasToString("Specific(foo, 3)");
    assertThat(ServableRequest.latest("foo")).hasToString("Latest(foo)");
    assertThat(ServableRequest.earliest("foo")).hasToString("Earliest(foo)");
    assertThat(ServableRequest.of(FOO_3)).isEqualTo(ServableRequest.specific("foo", 3));
  }

  @Test
  void adapterFailureConcernsOneVersionOnly() { // AD-1, AD-3, AD-6
    Status broken = new Status(StatusCode.UNKNOWN, "broken upstream");
    List<ServableData<Loader>> received = new ArrayList<>();
    Loader loader = FakeLoader.good();
    LoaderAdapter adapter =
        new LoaderAdapter(
            (id, directory) -> {
              if (id.version() == 2) {
                throw StatusException.notFound("no model in %s", directory);
              }
              return loader;
            },
            (name, versions) -> received.addAll(versions));

    adapter.aspire(
        "foo",
        List.of(
            ServableData.of(new ServableId("foo", 1), Path.of("/m/1")),
            ServableData.of(new ServableId("foo", 2), Path.of("/m/2")),
            ServableData.error(FOO_3, broken)));

    assertThat(received)
        .containsExactly(
            ServableData.of(new ServableId("foo", 1), loader),
            ServableData.error(
                new ServableId("foo", 2), new Status(StatusCode.NOT_FOUND, "no model in /m/2")),
            ServableData.error(FOO_3, broken));
  }
}
