package dev.sluice.tensorflow;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.proto.tensorflow.OpDef;
import dev.sluice.status.StatusException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What TensorFlow says of its ops: arguments, attributes with their defaults, whether they have
 * state. One set for the process, asked for op by op. Thread-safe.
 */
final class OpDefs {

  private static final Map<String, OpDef> KNOWN = new ConcurrentHashMap<>();

  private OpDefs() {}

  /**
   * @throws StatusException NOT_FOUND if TensorFlow has no such op
   */
  static OpDef of(String op) {
    // Not computeIfAbsent: a native call under its lock would hold up others.
    OpDef known = KNOWN.get(op);
    if (known == null) {
      known = ask(op);
      KNOWN.put(op, known);
    }
    return known;
  }

  private static OpDef ask(String op) {
    MemorySegment graph = CApi.newGraph();
    MemorySegment buffer = CApi.newBuffer();
    try (Arena arena = Arena.ofConfined();
        NativeStatus status = new NativeStatus()) {
      CApi.opDefinition(graph, arena.allocateFrom(op), buffer, status.pointer());
      status.check();
      return OpDef.parseFrom(CApi.bufferContent(buffer).asByteBuffer());
    } catch (InvalidProtocolBufferException malformed) {
      throw StatusException.internal(
          "TensorFlow's definition of op %s does not parse: %s", op, malformed.getMessage());
    } finally {
      CApi.deleteBuffer(buffer);
      CApi.deleteGraph(graph);
    }
  }
}
