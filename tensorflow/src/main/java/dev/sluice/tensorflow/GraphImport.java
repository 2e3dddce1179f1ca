package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sluice.status.StatusException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The import of a {@code GraphDef} into a graph, with a {@code TF_ImportGraphDefOptions} that says
 * how. One thread.
 */
final class GraphImport implements AutoCloseable {

  private static final MethodHandle NEW = CApi.function("TF_NewImportGraphDefOptions", ADDRESS);
  private static final MethodHandle DELETE =
      CApi.procedure("TF_DeleteImportGraphDefOptions", ADDRESS);
  private static final MethodHandle SET_PREFIX =
      CApi.procedure("TF_ImportGraphDefOptionsSetPrefix", ADDRESS, ADDRESS);
  private static final MethodHandle MAP_INPUT =
      CApi.procedure(
          "TF_ImportGraphDefOptionsAddInputMapping", ADDRESS, ADDRESS, JAVA_INT, CApi.OUTPUT);
  private static final MethodHandle MAP_CONTROL =
      CApi.procedure("TF_ImportGraphDefOptionsRemapControlDependency", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle IMPORT =
      CApi.procedure("TF_GraphImportGraphDef", ADDRESS, ADDRESS, ADDRESS, ADDRESS);

  private final MemorySegment options;

  GraphImport() {
    try {
      options = (MemorySegment) NEW.invokeExact();
    } catch (Throwable thrown) {
      throw CApi.impossible(thrown);
    }
    NativeObjects.opened(NativeObjects.Kind.IMPORT_OPTIONS);
  }

  /** What stands before the name of each node, with a slash between. */
  void prefix(String prefix) {
    try (Arena arena = Arena.ofConfined()) {
      SET_PREFIX.invokeExact(options, arena.allocateFrom(prefix));
    } catch (Throwable thrown) {
      throw CApi.impossible(thrown);
    }
  }

  /**
   * Has a tensor of the graph read wherever the imported nodes read another.
   *
   * @param name what they call it
   * @param output the {@code TF_Output} that it is
   */
  void mapInput(Port name, MemorySegment output) {
    try (Arena arena = Arena.ofConfined()) {
      MAP_INPUT.invokeExact(options, arena.allocateFrom(name.node()), name.index(), output);
    } catch (Throwable thrown) {
      throw CApi.impossible(thrown);
    }
  }

  /**
   * Has imported nodes wait for a node of the graph wherever they wait for another.
   *
   * @param name what they call it
   * @param operation the {@code TF_Operation} that it is
   */
  void mapControl(String name, MemorySegment operation) {
    try (Arena arena = Arena.ofConfined()) {
      MAP_CONTROL.invokeExact(options, arena.allocateFrom(name), operation);
    } catch (Throwable thrown) {
      throw CApi.impossible(thrown);
    }
  }

  /**
   * Adds all nodes of a serialised {@code GraphDef}, or none.
   *
   * @throws StatusException with TensorFlow's words where it refuses them
   */
  void run(MemorySegment graph, MemorySegment definition) {
    try (Arena arena = Arena.ofConfined();
        NativeStatus status = new NativeStatus()) {
      MemorySegment buffer = CApi.buffer(arena, definition);
      try {
        IMPORT.invokeExact(graph, buffer, options, status.pointer());
      } catch (Throwable thrown) {
        throw CApi.impossible(thrown);
      }
      status.check();
    }
  }

  @Override
  public void close() {
    try {
      DELETE.invokeExact(options);
    } catch (Throwable thrown) {
      throw CApi.impossible(thrown);
    }
    NativeObjects.closed(NativeObjects.Kind.IMPORT_OPTIONS);
  }
}
