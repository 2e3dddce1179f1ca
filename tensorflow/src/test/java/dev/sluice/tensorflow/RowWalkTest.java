package dev.sluice.tensorflow;

import dev.sluice.model.Signature;
import dev.sluice.testkit.Models;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowWalkTest {
  @TempDir Path temporary;

  @Test
  void print() {
    Stream.of(
            Models.COUPLED.stream(),
            Models.ROW_WISE.stream(),
            Stream.of(
                "tangled",
                "tangled_graph",
                "keras",
                "classifier",
                "mixed",
                "half_plus_two",
                "counter",
                "ragged",
                "slow",
                "gate",
                "table",
                "regressor",
                "shapes",
                "defaults"))
        .flatMap(s -> s)
        .forEach(name -> {
          TensorFlowForTests.VERSION.isEmpty();
          Path p = Models.copyTo(temporary, name).resolve("1");
          long t0 = System.nanoTime();
          try (SavedModelSession session = SavedModelSession.load(p, SessionOptions.SERVE)) {
            long t1 = System.nanoTime();
            Graph graph = session.definition();
            long t2 = System.nanoTime();
            System.out.printf(
                "%s load %.1f ms, graph %.1f%n", name, (t1 - t0) / 1e6, (t2 - t1) / 1e6);
            for (Signature s : session.signatures().values()) {
              if (SignaturePorts.resolve(session.graph(), s).problem() != null) continue;
              long t3 = System.nanoTime();
              RowWalk.Findings f = new RowWalk(RowOps.LISTED, FlatGraph.of(graph, s)).walk(s);
              System.out.printf(
                  "  %s: state=%s coupling=%s waiting=%s writes=%s %.1f ms%n",
                  s.name(),
                  f.state(),
                  f.coupling(),
                  f.waiting(),
                  f.writes(),
                  (System.nanoTime() - t3) / 1e6);
            }
          }
        });
  }
}
