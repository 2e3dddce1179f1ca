package dev.sluice.tensorflow;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sluice.proto.tensorflow.ConfigProto;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A {@code TF_SessionOptions} with our configuration. One thread. */
final class NativeSessionOptions implements AutoCloseable {

  private final MemorySegment pointer = CApi.newSessionOptions();

  private NativeSessionOptions() {
    NativeObjects.opened(NativeObjects.Kind.SESSION_OPTIONS);
  }

  static NativeSessionOptions of(SessionOptions options) {
    NativeSessionOptions made = new NativeSessionOptions();
    try (Arena arena = Arena.ofConfined();
        NativeStatus status = new NativeStatus()) {
      byte[] config = config(options).toByteArray();
      CApi.setConfig(made.pointer, arena.allocateFrom(JAVA_BYTE, config), status.pointer());
      status.check();
      return made;
    } catch (Throwable failure) {
      made.close();
      throw failure;
    }
  }

  /** Partition graphs would be a second copy of the graph for every set of fetches. */
  private static ConfigProto config(SessionOptions options) {
    ConfigProto.Builder config = options.base();
    config
        .setIntraOpParallelismThreads(options.intraOpThreads())
        .setInterOpParallelismThreads(options.interOpThreads())
        .getExperimentalBuilder()
        .setDisableOutputPartitionGraphs(true);
    return config.build();
  }

  MemorySegment pointer() {
    return pointer;
  }

  @Override
  public void close() {
    CApi.deleteSessionOptions(pointer);
    NativeObjects.closed(NativeObjects.Kind.SESSION_OPTIONS);
  }
}
