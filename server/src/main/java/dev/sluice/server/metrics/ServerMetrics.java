package dev.sluice.server.metrics;

import dev.sluice.batching.BatchObserver;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.status.StatusCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a server counts of its requests.
 *
 * <p>How many series there are is bounded by what is loaded and configured, not by what clients
 * ask: whatever is asked of models that nobody knows is counted under one name.
 *
 * <p><b>Threading.</b> Safe from any thread. Requests take no lock; that is for the first request
 * to a signature, and for unloads.
 */
public final class ServerMetrics {

  /** The name under which requests for models are counted that there never were. */
  static final String UNKNOWN = "<unknown>";

  private static final String SEVERAL = "(several)";

  /** HTTP has no status as high as this. */
  private static final int STATUSES = 600;

  /** Two labels of a counter. */
  private record Labelled(String first, String second) {}

  private final boolean on;
  private final Predicate<String> known;
  private final Map<String, ModelTotals> totals = new ConcurrentSkipListMap<>();
  private final BatchMetrics batches = new BatchMetrics();
  private final MlMetadata mlMetadata = new MlMetadata();
  private final StripedCounts responses = new StripedCounts(STATUSES);
  private final Map<Labelled, LongAdder> logged = new ConcurrentHashMap<>();
  private final Map<Labelled, Warmups> warmups = new ConcurrentHashMap<>();

  /** By signature, or by model for requests that concern several; each by protocol and kind. */
  private volatile IdentityHashMap<Object, Meter[]> meters = new IdentityHashMap<>();

  private final Object lock = new Object();

  /** Held while counts move from a meter to the totals; taken before the other. */
  private final Object moving = new Object();

  /** What was read of warm-up files. */
  private record Warmups(Histogram latency, LongAdder records) {}

  private ServerMetrics(boolean on, Predicate<String> known) {
    this.on = on;
    this.known = known;
  }

  /**
   * Counts everything.
   *
   * @param known whether there is, or ever was, a model of that name; asked for each request that
   *     fails early until there is
   */
  public static ServerMetrics on(Predicate<String> known) {
    return new ServerMetrics(true, known);
  }

  /** Counts nothing. */
  public static ServerMetrics off() {
    return new ServerMetrics(false, name -> false);
  }

  /** Whether anything is counted. */
  public boolean isOn() {
    return on;
  }

  // ---- while requests are on their way

  /** The meter of requests to one signature of a loaded model. */
  public Meter meter(ServableId id, Signature signature, Protocol protocol, RequestKind kind) {
    return on ? of(id, signature, signature.name())[place(protocol, kind)] : Meter.NONE;
  }

  /** The meter of requests that concern several signatures of a loaded model. */
  public Meter several(ServableId id, Model model, Protocol protocol) {
    return on ? of(id, model, SEVERAL)[place(protocol, RequestKind.MULTI_INFERENCE)] : Meter.NONE;
  }

  private static int place(Protocol protocol, RequestKind kind) {
    return 2 * kind.place() + protocol.place();
  }

  private Meter[] of(ServableId id, Object key, String signature) {
    Meter[] known = meters.get(key);
    return known != null ? known : made(id, key, signature);
  }

  private Meter[] made(ServableId id, Object key, String signature) {
    synchronized (lock) {
      Meter[] other = meters.get(key);
      if (other != null) {
        return other;
      }
      Meter[] fresh = fresh(id, signature);
      IdentityHashMap<Object, Meter[]> all = new IdentityHashMap<>(meters);
      all.put(key, fresh);
      meters = all;
      return fresh;
    }
  }

  private static Meter[] fresh(ServableId id, String signature) {
    Meter[] fresh = new Meter[2 * RequestKind.values().length];
    for (Protocol protocol : Protocol.values()) {
      for (RequestKind kind : RequestKind.values()) {
        fresh[place(protocol, kind)] =
            new Meter(
                new Meter.Subject(
                    id.name(), Long.toString(id.version()), signature, protocol, kind));
      }
    }
    return fresh;
  }

  /** The model is about to be unloaded; there is no request to it any more. */
  public void forget(Model model) {
    List<Object> keys = new ArrayList<>(model.signatures().values());
    keys.add(model);
    synchronized (moving) {
      keys.forEach(key -> retire(meters.get(key)));
      synchronized (lock) {
        IdentityHashMap<Object, Meter[]> rest = new IdentityHashMap<>(meters);
        keys.forEach(rest::remove);
        meters = rest;
      }
    }
  }

  private void retire(Meter @Nullable [] gone) {
    if (gone == null) {
      return; // never called
    }
    for (Meter meter : gone) {
      if (meter.isUsed()) {
        totals(meter.subject().model()).retire(meter);
      }
    }
  }

  /** Reads meters and totals while nothing moves from the ones to the others. */
  <T> T steady(Supplier<T> reading) {
    synchronized (moving) {
      return reading.get();
    }
  }

  /**
   * A request failed before its run was asked for.
   *
   * @param model the name that it gave; empty if it gave none
   */
  public void refused(Protocol protocol, RequestKind kind, String model, StatusCode code) {
    if (on) {
      ofAnyName(model).refused(protocol, kind, code);
    }
  }

  /**
   * A REST request that needs no run was answered well.
   *
   * @param model the name that it gave; empty if it gave none
   * @param begunNanos when it came, in terms of {@link System#nanoTime}
   */
  public void answered(String model, long begunNanos) {
    if (on) {
      long nanos = Math.max(0, System.nanoTime() - begunNanos);
      ofAnyName(model).answered(TimeUnit.NANOSECONDS.toMicros(nanos));
    }
  }

  /** A MultiInference request over so many examples has run. */
  public void examples(ServableId id, long count) {
    if (on) {
      totals(id.name()).examples(count);
    }
  }

  /** A client of REST was sent an answer with this HTTP status. */
  public void responded(int status) {
    if (on && status >= 0 && status < STATUSES) {
      responses.add(status, 1);
    }
  }

  /** Learns what becomes of batches by TensorFlow Serving's parameters. */
  public BatchObserver batchObserver() {
    return on ? batches : BatchObserver.NONE;
  }

  // ---- what others count, for TensorFlow Serving's page

  /** A request was to be logged, with this outcome. */
  public void logged(String model, StatusCode code) {
    if (on) {
      logged.computeIfAbsent(new Labelled(model, code.name()), key -> new LongAdder()).increment();
    }
  }

  /**
   * A warm-up file was read.
   *
   * @param versionDirectory the directory of the version
   * @param records how many were read, also before a failure
   */
  public void warmedUp(String versionDirectory, StatusCode outcome, long nanos, long records) {
    if (on) {
      Warmups of =
          warmups.computeIfAbsent(
              new Labelled(versionDirectory, outcome.name()),
              key -> new Warmups(new Histogram(Buckets.LATENCY), new LongAdder()));
      of.latency().record(TimeUnit.NANOSECONDS.toMicros(nanos));
      of.records().add(records);
    }
  }

  // ---- for those who read

  private ModelTotals ofAnyName(String name) {
    ModelTotals there = totals.get(name);
    if (there != null) {
      return there;
    }
    return totals(name.isEmpty() || known.test(name) ? name : UNKNOWN);
  }

  private ModelTotals totals(String model) {
    return totals.computeIfAbsent(model, ModelTotals::new);
  }

  /** What is counted by model, in order of their names. */
  Collection<ModelTotals> totals() {
    return totals.values();
  }

  /** The meters of loaded versions that have had a request. */
  List<Meter> meters() {
    List<Meter> used = new ArrayList<>();
    for (Meter[] ofKey : meters.values()) {
      for (Meter meter : ofKey) {
        if (meter.isUsed()) {
          used.add(meter);
        }
      }
    }
    return used;
  }

  /** Requests whose inputs were read and that are not answered; empty where nothing is counted. */
  public OptionalLong inFlight() {
    return on
        ? OptionalLong.of(meters().stream().mapToLong(Meter::inFlight).sum())
        : OptionalLong.empty();
  }

  /** What versions say of themselves to ML Metadata; noted also where metrics are off. */
  public MlMetadata mlMetadata() {
    return mlMetadata;
  }

  BatchMetrics batches() {
    return batches;
  }

  /** How many answers of REST had each HTTP status. */
  List<Family.Sample> responses() {
    List<Family.Sample> samples = new ArrayList<>();
    for (int status = 0; status < STATUSES; status++) {
      long count = responses.sum(status);
      if (count > 0) {
        samples.add(new Family.Value(List.of(Integer.toString(status)), count));
      }
    }
    return samples;
  }

  /** By model and status. */
  List<Family.Sample> requestsLogged() {
    List<Family.Sample> samples = new ArrayList<>();
    logged.forEach((labels, count) ->
        samples.add(new Family.Value(List.of(labels.first(), labels.second()), count.sum())));
    return samples;
  }

  /** By path and status. */
  List<Family.Sample> warmupLatency() {
    List<Family.Sample> samples = new ArrayList<>();
    warmups.forEach((labels, of) ->
        samples.add(Family.plain(List.of(labels.first(), labels.second()), of.latency().tally())));
    return samples;
  }

  /** By path and status. */
  List<Family.Sample> warmupRecords() {
    List<Family.Sample> samples = new ArrayList<>();
    warmups.forEach((labels, of) ->
        samples.add(
            new Family.Value(List.of(labels.first(), labels.second()), of.records().sum())));
    return samples;
  }
}
