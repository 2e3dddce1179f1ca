package dev.sluice.bench;

import dev.sluice.load.LoadPace;
import dev.sluice.load.LoadPlan;
import java.io.IOException;
import java.lang.management.MemoryUsage;
import java.util.List;

/** What the server takes of the machine's memory with the Boston model; stated, not judged. */
final class MemoryRow implements Row {

  private static final String FRESH = "before the first request";
  private static final String REST = "under REST, 64 connections";
  private static final String GRPC = "under gRPC, 64 streams";

  private static final double MEGA = 1e6;
  private static final int ROUNDS = 3;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public String title() {
    return "Memory, Boston";
  }

  @Override
  public List<Check> checks() {
    return List.of();
  }

  @Override
  public int rounds(int wanted) {
    return Math.min(wanted, ROUNDS);
  }

  @Override
  public Contest open(Workshop workshop) throws Exception {
    List<String> flags = Server.serving(BostonModel.NAME, BostonModel.trained(workshop));
    Servers servers = new Servers();
    try {
      Server server = servers.add(Server.sluice(workshop, name(), flags));
      Sample fresh = memory(server, Sample.EMPTY);
      LoadPlan rest = BostonModel.rest(server).withPace(LoadPace.closed(64));
      LoadPlan grpc = BostonModel.grpc(server).withPace(LoadPace.closed(8, 8));
      Loading loading = Loading.of(workshop, server);
      List<Side> sides =
          List.of(
              new Side(FRESH, _ -> fresh),
              new Side(REST, seconds -> loaded(server, loading, rest, seconds)),
              new Side(GRPC, seconds -> loaded(server, loading, grpc, seconds)));
      WarmUp.of(workshop).warm(sides.subList(1, 3));
      return ServerContest.of(servers, sides)
          .note(
              "Heap in use is after a full collection. Memory that is no file is heap, stacks and"
                  + " what TensorFlow allocated; the rest are its libraries and the JDK's.");
    } catch (Throwable failure) {
      servers.close();
      throw failure;
    }
  }

  private static Sample loaded(Server server, Loading loading, LoadPlan plan, double seconds)
      throws IOException, InterruptedException {
    Loading.Measured measured;
    long allocated;
    try (ServerHeap heap = ServerHeap.of(server.process().pid())) {
      long before = heap.allocatedBytes();
      measured = loading.justMeasure(plan, seconds);
      allocated = heap.allocatedBytes() - before;
    }
    double each = (double) allocated / Math.max(1, measured.result().counts().sent());
    return memory(server, measured.sample().with(Measure.ALLOCATED, each));
  }

  private static Sample memory(Server server, Sample sample) throws IOException {
    ProcStat stat = server.process().stat();
    try (ServerHeap heap = ServerHeap.of(server.process().pid())) {
      MemoryUsage now = heap.usage();
      return sample
          .with(Measure.RSS, stat.rssBytes() / MEGA)
          .with(Measure.ANONYMOUS, stat.anonymousBytes() / MEGA)
          .with(Measure.HEAP_COMMITTED, now.getCommitted() / MEGA)
          .with(Measure.HEAP_USED, heap.collected().getUsed() / MEGA);
    }
  }
}
