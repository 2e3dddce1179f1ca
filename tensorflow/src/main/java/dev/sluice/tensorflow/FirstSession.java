package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sluice.proto.tensorflow.AttrValue;
import dev.sluice.proto.tensorflow.DataType;
import dev.sluice.proto.tensorflow.GraphDef;
import dev.sluice.proto.tensorflow.NodeDef;
import dev.sluice.proto.tensorflow.TensorProto;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One run of a graph with a single constant. The first run of a process makes TensorFlow say, once,
 * which optimisation passes it does not use, in a way that {@code TF_CPP_MIN_LOG_LEVEL} does not
 * stop. So the first run is this one, where nobody listens.
 */
final class FirstSession {

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
        into.run(graph, constant(arena));
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

  /** The graph, serialised. */
  private static MemorySegment constant(Arena arena) {
    TensorProto one =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(TensorShapeProto.getDefaultInstance())
            .addFloatVal(1)
            .build();
    NodeDef node =
        NodeDef.newBuilder()
            .setName("one")
            .setOp("Const")
            .putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_FLOAT).build())
            .putAttr("value", AttrValue.newBuilder().setTensor(one).build())
            .build();
    byte[] bytes = GraphDef.newBuilder().addNode(node).build().toByteArray();
    return arena.allocateFrom(JAVA_BYTE, bytes);
  }
}
