package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The functions of TensorFlow's C API that Sluice calls, one method each. Names and parameters are
 * those of {@code tensorflow/c/c_api.h} and {@code tf_tensor.h}.
 *
 * <p>The handles are static constants so that the JIT compiles a call down to the native one;
 * {@link TensorFlow#load} says which library they bind to before this class is first touched.
 *
 * <p>Calls that may run a kernel, free much memory or take a lock leave the Java state of the
 * thread; only the getters, which read a field, are {@linkplain Linker.Option#critical critical}.
 *
 * <p>This class knows no ownership: whoever calls it counts what it opens in {@link NativeObjects}.
 */
final class CApi {

  /** {@code struct TF_Output { TF_Operation* oper; int index; }}. */
  static final StructLayout OUTPUT =
      MemoryLayout.structLayout(
          ADDRESS.withName("oper"), JAVA_INT.withName("index"), MemoryLayout.paddingLayout(4));

  /** {@code struct TF_Buffer { const void* data; size_t length; deallocator }}. */
  static final StructLayout BUFFER =
      MemoryLayout.structLayout(
          ADDRESS.withName("data"), JAVA_LONG.withName("length"), ADDRESS.withName("deallocator"));

  /** {@code sizeof(TF_TString)}. */
  static final long STRING_SIZE = 24;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBRARIES = open(TensorFlow.libraries());

  private static final MethodHandle VERSION = function("TF_Version", ADDRESS);

  private static final MethodHandle LOAD_LIBRARY =
      function("TF_LoadLibrary", ADDRESS, ADDRESS, ADDRESS);

  private static final MethodHandle NEW_STATUS = function("TF_NewStatus", ADDRESS);
  private static final MethodHandle DELETE_STATUS = procedure("TF_DeleteStatus", ADDRESS);
  private static final MethodHandle GET_CODE = getter("TF_GetCode", JAVA_INT, ADDRESS);
  private static final MethodHandle MESSAGE = getter("TF_Message", ADDRESS, ADDRESS);

  private static final MethodHandle ALLOCATE_TENSOR =
      function("TF_AllocateTensor", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG);
  private static final MethodHandle NEW_TENSOR =
      function(
          "TF_NewTensor",
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle DELETE_TENSOR = procedure("TF_DeleteTensor", ADDRESS);
  private static final MethodHandle TENSOR_DATA = getter("TF_TensorData", ADDRESS, ADDRESS);
  private static final MethodHandle TENSOR_BYTES = getter("TF_TensorByteSize", JAVA_LONG, ADDRESS);
  private static final MethodHandle TENSOR_TYPE = getter("TF_TensorType", JAVA_INT, ADDRESS);
  private static final MethodHandle NUM_DIMS = getter("TF_NumDims", JAVA_INT, ADDRESS);
  private static final MethodHandle DIM = getter("TF_Dim", JAVA_LONG, ADDRESS, JAVA_INT);

  private static final MethodHandle STRING_INIT = procedure("TF_StringInit", ADDRESS);
  private static final MethodHandle STRING_COPY =
      procedure("TF_StringCopy", ADDRESS, ADDRESS, JAVA_LONG);
  private static final MethodHandle STRING_DEALLOC = procedure("TF_StringDealloc", ADDRESS);
  private static final MethodHandle STRING_DATA =
      getter("TF_StringGetDataPointer", ADDRESS, ADDRESS);
  private static final MethodHandle STRING_LENGTH = getter("TF_StringGetSize", JAVA_LONG, ADDRESS);

  private static final MethodHandle NEW_BUFFER = function("TF_NewBuffer", ADDRESS);
  private static final MethodHandle DELETE_BUFFER = procedure("TF_DeleteBuffer", ADDRESS);

  private static final MethodHandle NEW_GRAPH = function("TF_NewGraph", ADDRESS);
  private static final MethodHandle DELETE_GRAPH = procedure("TF_DeleteGraph", ADDRESS);
  private static final MethodHandle GRAPH_OPERATION =
      function("TF_GraphOperationByName", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle OPERATION_OUTPUTS =
      function("TF_OperationNumOutputs", JAVA_INT, ADDRESS);

  private static final MethodHandle OP_DEFINITION =
      procedure("TF_GraphGetOpDef", ADDRESS, ADDRESS, ADDRESS, ADDRESS);

  private static final MethodHandle NEW_SESSION =
      function("TF_NewSession", ADDRESS, ADDRESS, ADDRESS, ADDRESS);

  private static final MethodHandle NEW_SESSION_OPTIONS = function("TF_NewSessionOptions", ADDRESS);
  private static final MethodHandle DELETE_SESSION_OPTIONS =
      procedure("TF_DeleteSessionOptions", ADDRESS);
  private static final MethodHandle SET_CONFIG =
      procedure("TF_SetConfig", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
  private static final MethodHandle LOAD_SESSION =
      function(
          "TF_LoadSessionFromSavedModel",
          ADDRESS, // the session
          ADDRESS, // session options
          ADDRESS, // run options of restore and init
          ADDRESS, // directory
          ADDRESS, // tags
          JAVA_INT, // how many tags
          ADDRESS, // graph
          ADDRESS, // where the MetaGraphDef goes
          ADDRESS); // status
  private static final MethodHandle SESSION_RUN =
      procedure(
          "TF_SessionRun",
          ADDRESS, // session
          ADDRESS, // run options
          ADDRESS, // inputs
          ADDRESS, // input values
          JAVA_INT, // how many inputs
          ADDRESS, // outputs
          ADDRESS, // output values
          JAVA_INT, // how many outputs
          ADDRESS, // targets
          JAVA_INT, // how many targets
          ADDRESS, // run metadata
          ADDRESS); // status
  private static final MethodHandle CLOSE_SESSION = procedure("TF_CloseSession", ADDRESS, ADDRESS);
  private static final MethodHandle DELETE_SESSION =
      procedure("TF_DeleteSession", ADDRESS, ADDRESS);

  private CApi() {}

  private static SymbolLookup open(Path[] libraries) {
    // All stay open for the life of the process: TensorFlow cannot be unloaded.
    return Arrays.stream(libraries)
        .map(library -> SymbolLookup.libraryLookup(library, Arena.global()))
        .reduce(SymbolLookup::or)
        .orElseThrow(() -> new IllegalStateException("no TensorFlow library"));
  }

  static MethodHandle function(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LIBRARIES.findOrThrow(name), FunctionDescriptor.of(result, parameters));
  }

  static MethodHandle procedure(String name, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LIBRARIES.findOrThrow(name), FunctionDescriptor.ofVoid(parameters));
  }

  private static MethodHandle getter(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LIBRARIES.findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.critical(false));
  }

  // A downcall handle throws nothing of its own; the compiler cannot know.
  static AssertionError impossible(Throwable thrown) {
    return new AssertionError("a native call threw", thrown);
  }

  /** A C string that the callee owns, as Java text. */
  private static String text(MemorySegment pointer) {
    return pointer.reinterpret(Long.MAX_VALUE).getString(0);
  }

  static String version() {
    try {
      return text((MemorySegment) VERSION.invokeExact());
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Its ops are there from then on; {@link MemorySegment#NULL} where the status is not OK. */
  static MemorySegment loadLibrary(MemorySegment path, MemorySegment status) {
    try {
      return (MemorySegment) LOAD_LIBRARY.invokeExact(path, status);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static MemorySegment newStatus() {
    try {
      return (MemorySegment) NEW_STATUS.invokeExact();
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void deleteStatus(MemorySegment status) {
    try {
      DELETE_STATUS.invokeExact(status);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static int code(MemorySegment status) {
    try {
      return (int) GET_CODE.invokeExact(status);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static String message(MemorySegment status) {
    try {
      return text((MemorySegment) MESSAGE.invokeExact(status));
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Never null, but {@link #tensorData} is where there was no memory. */
  static MemorySegment allocateTensor(int type, MemorySegment dims, int rank, long bytes) {
    try {
      return (MemorySegment) ALLOCATE_TENSOR.invokeExact(type, dims, rank, bytes);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** What {@code TF_NewTensor} is told of the memory that it takes over. */
  record Lent(MemorySegment data, MemorySegment deallocator) {}

  static MemorySegment newTensor(int type, MemorySegment dims, int rank, Lent lent) {
    try {
      return (MemorySegment)
          NEW_TENSOR.invokeExact(
              type,
              dims,
              rank,
              lent.data(),
              lent.data().byteSize(),
              lent.deallocator(),
              MemorySegment.NULL);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void deleteTensor(MemorySegment tensor) {
    try {
      DELETE_TENSOR.invokeExact(tensor);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static MemorySegment tensorData(MemorySegment tensor) {
    try {
      return (MemorySegment) TENSOR_DATA.invokeExact(tensor);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static long tensorBytes(MemorySegment tensor) {
    try {
      return (long) TENSOR_BYTES.invokeExact(tensor);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static int tensorType(MemorySegment tensor) {
    try {
      return (int) TENSOR_TYPE.invokeExact(tensor);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static long[] tensorDimensions(MemorySegment tensor) {
    try {
      long[] dimensions = new long[(int) NUM_DIMS.invokeExact(tensor)];
      for (int i = 0; i < dimensions.length; i++) {
        dimensions[i] = (long) DIM.invokeExact(tensor, i);
      }
      return dimensions;
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void stringInit(MemorySegment string) {
    try {
      STRING_INIT.invokeExact(string);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void stringCopy(MemorySegment string, MemorySegment bytes, long length) {
    try {
      STRING_COPY.invokeExact(string, bytes, length);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void stringDealloc(MemorySegment string) {
    try {
      STRING_DEALLOC.invokeExact(string);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** The stub that TensorFlow calls when nobody uses lent memory any more. */
  static MemorySegment deallocator(MethodHandle target) {
    return LINKER.upcallStub(
        target, FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, ADDRESS), Arena.global());
  }

  /** A copy of the bytes of a string; the pointer they come from may point into the string. */
  static byte[] stringBytes(MemorySegment string) {
    try {
      long length = (long) STRING_LENGTH.invokeExact(string);
      if (length == 0) {
        return new byte[0];
      }
      MemorySegment bytes = (MemorySegment) STRING_DATA.invokeExact(string);
      return bytes.reinterpret(length).toArray(JAVA_BYTE);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static MemorySegment newBuffer() {
    try {
      return (MemorySegment) NEW_BUFFER.invokeExact();
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** A buffer of ours over bytes of ours, to be read by the callee; both are the arena's. */
  static MemorySegment buffer(Arena arena, MemorySegment content) {
    MemorySegment buffer = arena.allocate(BUFFER);
    buffer.set(ADDRESS, 0, content);
    buffer.set(JAVA_LONG, ADDRESS.byteSize(), content.byteSize());
    return buffer;
  }

  /** What a buffer holds; valid until the buffer is deleted. */
  static MemorySegment bufferContent(MemorySegment buffer) {
    MemorySegment fields = buffer.reinterpret(BUFFER.byteSize());
    long length = fields.get(JAVA_LONG, ADDRESS.byteSize());
    return fields.get(ADDRESS, 0).reinterpret(length);
  }

  static void deleteBuffer(MemorySegment buffer) {
    try {
      DELETE_BUFFER.invokeExact(buffer);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static MemorySegment newGraph() {
    try {
      return (MemorySegment) NEW_GRAPH.invokeExact();
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void deleteGraph(MemorySegment graph) {
    try {
      DELETE_GRAPH.invokeExact(graph);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** {@link MemorySegment#NULL} if there is none; else it belongs to the graph. */
  static MemorySegment graphOperation(MemorySegment graph, MemorySegment name) {
    try {
      return (MemorySegment) GRAPH_OPERATION.invokeExact(graph, name);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static int operationOutputs(MemorySegment operation) {
    try {
      return (int) OPERATION_OUTPUTS.invokeExact(operation);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Puts the serialised {@code OpDef} of an op, or of a function of the graph, into a buffer. */
  static void opDefinition(
      MemorySegment graph, MemorySegment op, MemorySegment buffer, MemorySegment status) {
    try {
      OP_DEFINITION.invokeExact(graph, op, buffer, status);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** {@link MemorySegment#NULL} where the status is not OK. */
  static MemorySegment newSession(
      MemorySegment graph, MemorySegment options, MemorySegment status) {
    try {
      return (MemorySegment) NEW_SESSION.invokeExact(graph, options, status);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static MemorySegment newSessionOptions() {
    try {
      return (MemorySegment) NEW_SESSION_OPTIONS.invokeExact();
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void deleteSessionOptions(MemorySegment options) {
    try {
      DELETE_SESSION_OPTIONS.invokeExact(options);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void setConfig(MemorySegment options, MemorySegment config, MemorySegment status) {
    try {
      SET_CONFIG.invokeExact(options, config, config.byteSize(), status);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** Everything {@code TF_LoadSessionFromSavedModel} takes but the status. */
  record LoadArguments(
      MemorySegment options,
      MemorySegment runOptions,
      MemorySegment directory,
      MemorySegment tags,
      int tagCount,
      MemorySegment graph,
      MemorySegment metaGraph) {}

  /** {@link MemorySegment#NULL} where the status is not OK. */
  static MemorySegment loadSession(LoadArguments arguments, MemorySegment status) {
    try {
      return (MemorySegment)
          LOAD_SESSION.invokeExact(
              arguments.options(),
              arguments.runOptions(),
              arguments.directory(),
              arguments.tags(),
              arguments.tagCount(),
              arguments.graph(),
              arguments.metaGraph(),
              status);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  /** An array of {@code TF_Output} and the array of {@code TF_Tensor*} that goes with it. */
  record Ports(MemorySegment outputs, MemorySegment values, int count) {}

  static void sessionRun(
      MemorySegment session, MemorySegment options, Ports in, Ports out, MemorySegment status) {
    try {
      SESSION_RUN.invokeExact(
          session,
          options,
          in.outputs(),
          in.values(),
          in.count(),
          out.outputs(),
          out.values(),
          out.count(),
          MemorySegment.NULL,
          0,
          MemorySegment.NULL,
          status);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void closeSession(MemorySegment session, MemorySegment status) {
    try {
      CLOSE_SESSION.invokeExact(session, status);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }

  static void deleteSession(MemorySegment session, MemorySegment status) {
    try {
      DELETE_SESSION.invokeExact(session, status);
    } catch (Throwable thrown) {
      throw impossible(thrown);
    }
  }
}
