package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/**
 * One run of a graph with a single constant. The first run of a process makes TensorFlow say, once,
 * which optimisation passes it does not use, in a way that {@code TF_CPP_MIN_LOG_LEVEL} does not
 * stop. So the first run is this one, where nobody listens.
 */
final class FirstSession {

  /**
   * A GraphDef with a Const node "one", a float. Written down, since making it of protobuf's
   * classes would initialise most of them, which costs a start more than TensorFlow takes for the
   * run.
   */
  private static final byte[] GRAPH =
      HexFormat.of()
          .parseHex(
              "0a300a036f6e651205436f6e73742a0b0a0564747970651202"
                  + "30012a150a0576616c7565120c420a080112002a040000803f");

  private FirstSession() {}

  /**
   * @param options of every session: the first one sizes TensorFlow's pools for all
   */
  static void run(SessionOptions options) {
    MemorySegment graph = CApi.newGraph();
    NativeObjects.opened(NativeObjects.Kind.GRAPH);
    try (Arena arena = Arena.ofConfined();
        NativeSessionOptions sessionOptions = NativeSessionOptions.of(options);
        NativeStatus status = new NativeStatus()) {
      try (GraphImport into = new GraphImport()) {
        into.run(graph, arena.allocateFrom(JAVA_BYTE, GRAPH));
      }
      MemorySegment session = CApi.newSession(graph, sessionOptions.pointer(), status.pointer());
      status.check();
      NativeObjects.opened(NativeObjects.Kind.SESSION);
      try {
        fetch(arena, graph, session);
      } finally {
        SavedModelSession.deleteSession(session);
      }
    } finally {
      SavedModelSession.deleteGraph(graph);
    }
  }

  private static void fetch(Arena arena, MemorySegment graph, MemorySegment session) {
    MemorySegment output = arena.allocate(CApi.OUTPUT);
    output.set(ADDRESS, 0, CApi.graphOperation(graph, arena.allocateFrom("one")));
    output.set(JAVA_INT, ADDRESS.byteSize(), 0);
    MemorySegment value = arena.allocate(ADDRESS);
    CApi.Ports none = new CApi.Ports(MemorySegment.NULL, MemorySegment.NULL, 0);
    try (NativeStatus status = new NativeStatus()) {
      CApi.sessionRun(
          session,
          NativeRunOptions.IN_CALLER,
          none,
          new CApi.Ports(output, value, 1),
          status.pointer());
      status.check();
      TensorFlowTensor.discard(value.get(ADDRESS, 0));
    }
  }
}
