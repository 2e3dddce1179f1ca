package dev.sluice.server.record;

import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.server.Inference;
import dev.sluice.server.config.WarmUpSettings;
import dev.sluice.status.Status;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Makes a version ready for its first request while it is being loaded: by the requests in its
 * warm-up file, or by some that are made up where it has none. Safe from any thread.
 */
public final class WarmUp {

  /** Where the file is, in the directory of a version. */
  public static final String FILE = "assets.extra/tf_serving_warmup_requests";

  private static final System.Logger LOG = System.getLogger(WarmUp.class.getName());

  private final Inference inference;
  private final WarmUpSettings settings;
  private final WarmUpObserver observer;

  public WarmUp(Inference inference, WarmUpSettings settings, WarmUpObserver observer) {
    this.inference = inference;
    this.settings = settings;
    this.observer = observer;
  }

  /**
   * Warms a version up on the calling thread.
   *
   * @param model what was loaded; nobody else uses it yet, and nothing of this does when it returns
   * @param version its directory
   * @throws StatusException why the version must not serve: its file can't be read, or a request in
   *     it fails
   */
  public void run(ServableId id, Model model, Path version) {
    if (!settings.replays()) {
      return;
    }
    Path file = version.resolve(FILE);
    RecordedRequests requests = new RecordedRequests(inference, id, model);
    if (Files.exists(file)) {
      replay(requests, version, file);
      return;
    }
    LOG.log(Level.INFO, "No warmup data file found at " + file);
    if (settings.synthesizes()) {
      synthesize(id, new SyntheticWarmUp(inference, requests, model, System::nanoTime), model);
    }
  }

  private void replay(RecordedRequests requests, Path version, Path path) {
    LOG.log(
        Level.INFO,
        "Starting to read warmup data for model at "
            + path
            + " with model-warmup-options num_request_iterations { value: "
            + settings.iterations()
            + " } num_model_warmup_threads { value: "
            + settings.threads()
            + " }");
    long begin = System.nanoTime();
    WarmUpFile file = new WarmUpFile(path, requests::run);
    try {
      file.replay(settings.iterations(), settings.threads());
    } catch (RuntimeException | Error failure) {
      Status status = Status.of(failure);
      boolean lost = !file.isReadable() && status.code() == StatusCode.DATA_LOSS;
      if (lost || settings.threads() > 1) {
        observer.read(version, status, System.nanoTime() - begin, file.records());
      }
      throw failure;
    }
    long nanos = System.nanoTime() - begin;
    observer.read(version, Status.OK, nanos, file.records());
    LOG.log(
        Level.INFO,
        "Finished reading warmup data for model at "
            + path
            + ". Number of warmup records read: "
            + file.records()
            + ". Elapsed time (microseconds): "
            + TimeUnit.NANOSECONDS.toMicros(nanos)
            + ".");
  }

  /** Nothing that goes wrong here is the version's fault. */
  private static void synthesize(ServableId id, SyntheticWarmUp warmUp, Model model) {
    long begin = System.nanoTime();
    try {
      warmUp.run();
    } catch (RuntimeException unexpected) {
      LOG.log(Level.WARNING, "Making requests up for " + id + " failed", unexpected);
    }
    if (warmUp.runs() == 0) {
      LOG.log(
          Level.INFO,
          "Made no requests up for "
              + id.name()
              + " version "
              + id.version()
              + ": none of its signatures is known to just compute");
      return;
    }
    LOG.log(
        Level.INFO,
        "Warmed up "
            + id.name()
            + " version "
            + id.version()
            + " with "
            + warmUp.runs()
            + " made-up requests to "
            + warmUp.warmed()
            + " of its "
            + model.signatures().size()
            + " signatures in "
            + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)
            + " ms");
  }
}
