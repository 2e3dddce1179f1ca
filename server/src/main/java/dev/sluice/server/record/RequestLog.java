package dev.sluice.server.record;

import dev.sluice.batching.Call;
import dev.sluice.core.ServableId;
import dev.sluice.model.DataType;
import dev.sluice.model.Tensor;
import dev.sluice.proto.config.SamplingConfig;
import dev.sluice.proto.serving.LogMetadata;
import dev.sluice.protocol.ExampleBatch;
import dev.sluice.server.Inference;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Logs a share of the requests that were answered well: makes a record of each on the thread that
 * answers and gives it to the sink. Never throws and never blocks; what can't be logged is counted.
 * Thread-safe.
 */
public final class RequestLog {

  private static final System.Logger LOG = System.getLogger(RequestLog.class.getName());

  private final SamplingConfig sampling;
  private final List<String> tags;
  private final LogSink sink;
  private final RequestLogObserver observer;
  private final Surroundings surroundings;
  private final AtomicBoolean amazed = new AtomicBoolean();

  /**
   * What is the world's.
   *
   * @param random from 0 to 1, the latter not included
   * @param nanoTime as {@link System#nanoTime}
   */
  record Surroundings(DoubleSupplier random, InstantSource clock, LongSupplier nanoTime) {}

  /**
   * @param sampling its rate is the one in force
   * @param tags of the MetaGraph that models are loaded by
   */
  RequestLog(
      SamplingConfig sampling,
      List<String> tags,
      LogSink sink,
      RequestLogObserver observer,
      Surroundings surroundings) {
    this.sampling = sampling;
    this.tags = List.copyOf(tags);
    this.sink = sink;
    this.observer = observer;
    this.surroundings = surroundings;
  }

  /** Whether the next request is to be logged; each is decided about by itself. */
  boolean samples() {
    return surroundings.random().getAsDouble() < sampling.getSamplingRate();
  }

  LogSink sink() {
    return sink;
  }

  /**
   * Logs a predict request.
   *
   * @param id which version answered
   * @param request whose inputs are not closed yet
   * @param outputs in the signature's order, of which those that are wanted can be read
   */
  public void predict(ServableId id, Call.Request request, List<Tensor> outputs) {
    take(
        id,
        () -> bytes(request.inputs(), List.of()) + bytes(outputs, request.wanted()),
        () ->
            RequestLogRecord.predict(
                id, metadata(id, request.signature().name()), request, outputs));
  }

  private long bytes(List<Tensor> tensors, List<Integer> wanted) {
    long bytes = 0;
    for (int i = 0; i < tensors.size(); i++) {
      if (wanted.isEmpty() || wanted.contains(i)) {
        bytes += bytes(tensors.get(i));
      }
    }
    return bytes;
  }

  private long bytes(Tensor tensor) {
    if (tensor.dataType() != DataType.STRING) {
      return tensor.shape().elementCount() * tensor.dataType().elementSize();
    }
    long bytes = 0;
    for (long i = 0; i < tensor.shape().elementCount() && bytes <= sink.mostBytes(); i++) {
      bytes += tensor.string(i).length;
    }
    return bytes;
  }

  /**
   * Logs a request over examples.
   *
   * @param several whether it was a MultiInference request
   * @param tasks in their order; one if it was not
   */
  public void examples(
      boolean several, List<LoggedTask> tasks, ExampleBatch examples, Inference.Results results) {
    ServableId id = results.id();
    take(
        id,
        examples::contentBytes,
        () -> {
          byte[] metadata = metadata(id, tasks.getFirst().signature());
          return several
              ? RequestLogRecord.several(metadata, tasks, examples, results)
              : RequestLogRecord.one(metadata, tasks.getFirst(), examples, results);
        });
  }

  private void take(ServableId id, LongSupplier bytes, Supplier<byte[]> record) {
    byte[] made;
    try {
      if (bytes.getAsLong() > sink.mostBytes()) {
        observer.logged(id.name(), StatusCode.RESOURCE_EXHAUSTED);
        return;
      }
      made = record.get();
    } catch (StatusException unfit) { // a type that has no form on the wire
      observer.logged(id.name(), unfit.code());
      return;
    } catch (RuntimeException | OutOfMemoryError unexpected) {
      amaze(id, unexpected);
      observer.logged(id.name(), StatusCode.INTERNAL);
      return;
    }
    sink.offer(id.name(), made);
  }

  private void amaze(ServableId id, Throwable unexpected) {
    if (amazed.compareAndSet(false, true)) {
      LOG.log(
          Level.WARNING,
          "A request to " + id.name() + " could not be logged; this is said once",
          unexpected);
    }
  }

  private byte[] metadata(ServableId id, String signature) {
    return LogMetadata.newBuilder()
        .setModelSpec(RequestLogRecord.version(id, signature))
        .setSamplingConfig(sampling)
        .addAllSavedModelTags(tags)
        .setTimestampSecs(surroundings.clock().instant().getEpochSecond())
        .build()
        .toByteArray();
  }
}
