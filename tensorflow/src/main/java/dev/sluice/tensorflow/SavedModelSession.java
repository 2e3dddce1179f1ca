package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;

import dev.sluice.model.Signature;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The native side of a loaded SavedModel: a graph and the session over it, with variables restored,
 * assets bound and tables initialised, all in the calling thread so that a load stays off the
 * threads that serve.
 */
final class SavedModelSession implements AutoCloseable {

  private final MemorySegment graph;
  private final MemorySegment session;
  private final SortedMap<String, Signature> signatures;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Until the load has ended; used by its thread alone. */
  private @Nullable MemorySegment metaGraph;

  private SavedModelSession(MemorySegment graph, MemorySegment session, MemorySegment metaGraph) {
    this.graph = graph;
    this.session = session;
    this.metaGraph = metaGraph;
    this.signatures = MetaGraphSkim.signatures(CApi.bufferContent(metaGraph));
  }

  /**
   * Loads the SavedModel in a directory. Whoever calls it calls {@link #forgetDefinition} too, when
   * they have seen enough of it.
   *
   * @throws StatusException NOT_FOUND if there is no SavedModel or none with the tags,
   *     UNIMPLEMENTED for formats of other times, else TensorFlow's own code and text
   */
  static SavedModelSession load(Path directory, SessionOptions options) {
    checkFormat(directory);
    MemorySegment graph = CApi.newGraph();
    NativeObjects.opened(NativeObjects.Kind.GRAPH);
    MemorySegment metaGraph = CApi.newBuffer();
    NativeObjects.opened(NativeObjects.Kind.BUFFER);
    try {
      MemorySegment session = open(directory, options, graph, metaGraph);
      NativeObjects.opened(NativeObjects.Kind.SESSION);
      try {
        return new SavedModelSession(graph, session, metaGraph);
      } catch (Throwable failure) {
        deleteSession(session);
        throw failure;
      }
    } catch (Throwable failure) {
      deleteGraph(graph);
      deleteBuffer(metaGraph);
      throw failure;
    }
  }

  private static void checkFormat(Path directory) {
    for (String file : List.of("saved_model.pb", "saved_model.pbtxt", "saved_model.cpb")) {
      if (Files.exists(directory.resolve(file))) {
        return;
      }
    }
    if (Files.exists(directory.resolve("export.meta"))) {
      throw StatusException.unimplemented(
          "Session Bundle is deprecated and removed. %s holds one (export.meta); expected a"
              + " SavedModel",
          directory);
    }
    String hint =
        Files.exists(directory.resolve("model.tflite"))
            ? "; it holds a model.tflite, and TensorFlow Lite models are not served"
            : "";
    throw StatusException.notFound(
        "Specified file path does not appear to contain a SavedModel bundle (should have a file"
            + " called `saved_model.pb`)%nSpecified file path: %s%s",
        directory, hint);
  }

  private static MemorySegment open(
      Path directory, SessionOptions options, MemorySegment graph, MemorySegment metaGraph) {
    try (Arena arena = Arena.ofConfined();
        NativeSessionOptions sessionOptions = NativeSessionOptions.of(options);
        NativeStatus status = new NativeStatus()) {
      MemorySegment session =
          CApi.loadSession(
              new CApi.LoadArguments(
                  sessionOptions.pointer(),
                  NativeRunOptions.IN_CALLER,
                  arena.allocateFrom(directory.toString()),
                  strings(arena, options.tags()),
                  options.tags().size(),
                  graph,
                  metaGraph),
              status.pointer());
      checkLoaded(status, directory);
      return session;
    }
  }

  /** TensorFlow's texts name neither the file nor the model; what is wrong with it follows them. */
  private static void checkLoaded(NativeStatus status, Path directory) {
    try {
      status.check();
    } catch (StatusException failure) {
      throw new StatusException(failure.code(), failure.getMessage() + flaw(directory), failure);
    }
  }

  private static String flaw(Path directory) {
    try {
      return new SavedModelContent()
          .missing(directory)
          .map(flaw -> ". In %s, %s".formatted(directory, flaw))
          .orElse("");
    } catch (IOException unreadable) {
      return ". " + unreadable;
    }
  }

  private static MemorySegment strings(Arena arena, List<String> values) {
    MemorySegment array = arena.allocate(ADDRESS, values.size());
    for (int i = 0; i < values.size(); i++) {
      array.setAtIndex(ADDRESS, i, arena.allocateFrom(values.get(i)));
    }
    return array;
  }

  MemorySegment graph() {
    return graph;
  }

  /** The session, for a run. */
  MemorySegment pointer() {
    if (closed.get()) {
      throw new StatusException(StatusCode.UNAVAILABLE, "the model is unloaded");
    }
    return session;
  }

  SortedMap<String, Signature> signatures() {
    return signatures;
  }

  /**
   * What the model's file says of the graph. Not what the graph has become since: nodes that were
   * added are not in it.
   *
   * @throws IllegalStateException if it was forgotten
   */
  Graph definition() {
    MemorySegment open = metaGraph;
    if (open == null) {
      throw new IllegalStateException("the definition of the graph was forgotten");
    }
    return Graph.ofMetaGraph(CApi.bufferContent(open));
  }

  /** Frees the memory under {@link #definition}, which may be gigabytes of constants. */
  void forgetDefinition() {
    MemorySegment open = metaGraph;
    metaGraph = null;
    if (open != null) {
      deleteBuffer(open);
    }
  }

  /** Frees session and graph. No run may be going on. Does nothing the second time. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      forgetDefinition();
      deleteSession(session);
      deleteGraph(graph);
    }
  }

  /** For the test that a forgotten graph is noticed: the caller deletes it. */
  MemorySegment closeAllButGraph() {
    if (closed.compareAndSet(false, true)) {
      forgetDefinition();
      deleteSession(session);
    }
    return graph;
  }

  static void deleteSession(MemorySegment session) {
    try (NativeStatus status = new NativeStatus()) {
      CApi.closeSession(session, status.pointer());
      CApi.deleteSession(session, status.pointer());
      NativeObjects.closed(NativeObjects.Kind.SESSION);
    }
  }

  static void deleteGraph(MemorySegment graph) {
    CApi.deleteGraph(graph);
    NativeObjects.closed(NativeObjects.Kind.GRAPH);
  }

  private static void deleteBuffer(MemorySegment buffer) {
    CApi.deleteBuffer(buffer);
    NativeObjects.closed(NativeObjects.Kind.BUFFER);
  }
}
