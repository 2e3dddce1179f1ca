package dev.sluice.server.config;

import dev.sluice.server.log.LogFormat;
import dev.sluice.server.log.LogLevel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * The value of every flag: what was given, else the default. Values are as given; {@link
 * StartConfig#resolve} refuses those that a server can't start with. Immutable.
 */
public final class ServerOptions {

  private final Map<Flag, Object> values = new EnumMap<>(Flag.class);

  private final int cpus;

  ServerOptions(Map<Flag, Object> given, int cpus) {
    this.cpus = cpus;
    for (Flag flag : Flag.values()) {
      values.put(flag, given.getOrDefault(flag, flag.defaultValue(cpus)));
    }
  }

  /** The address that both ports listen on; empty for every address of the machine. */
  public String bindAddress() {
    return string(Flag.BIND_ADDRESS);
  }

  /** The TCP port of gRPC; 0 to open none. */
  public int port() {
    return int32(Flag.PORT);
  }

  /** The path of the UNIX socket on which gRPC listens as well; empty for none. */
  public String grpcSocketPath() {
    return string(Flag.GRPC_SOCKET_PATH);
  }

  /**
   * Settings of the gRPC server by their names in gRPC's C library, in the order given.
   *
   * @throws dev.sluice.status.StatusException INVALID_ARGUMENT for an item that is no setting
   */
  public SequencedMap<String, String> grpcChannelArguments() {
    return ChannelArguments.parse(string(Flag.GRPC_CHANNEL_ARGUMENTS));
  }

  /** Model runs that may go on at once, said for gRPC; at least 1. */
  public int grpcMaxThreads() {
    return int32(Flag.GRPC_MAX_THREADS);
  }

  /** Answer Predict over gRPC with {@code tensor_content} rather than with typed values. */
  public boolean serializationAsTensorContent() {
    return bool(Flag.ENABLE_SERIALIZATION_AS_TENSOR_CONTENT);
  }

  /** The TCP port of the REST API; 0 to open none. */
  public int restApiPort() {
    return int32(Flag.REST_API_PORT);
  }

  /** The TCP port for operators; 0 to open none. */
  public int adminPort() {
    return int32(Flag.ADMIN_PORT);
  }

  /** The address that the port for operators listens on; empty for every address of the machine. */
  public String adminBindAddress() {
    return string(Flag.ADMIN_BIND_ADDRESS);
  }

  /** The path of the file that says how ports are secured; empty for clear text. */
  public String sslConfigFile() {
    return string(Flag.SSL_CONFIG_FILE);
  }

  /** Whether REST is secured by that file; null for both ways where no certificate is asked for. */
  public @Nullable Boolean restApiTls() {
    return value(Flag.REST_API_TLS) instanceof Boolean wanted ? wanted : null;
  }

  /** Model runs that may go on at once, said for REST; at least 1. */
  public int restApiThreads() {
    return int32(Flag.REST_API_NUM_THREADS);
  }

  /** What is said of the REST API beside its port. */
  public RestSettings rest() {
    return RestSettings.of(this);
  }

  /** Most bytes that one tensor of a request may take; at least 1. */
  public long maxTensorBytes() {
    return int64(Flag.MAX_TENSOR_BYTES);
  }

  /** Most bytes that requests and answers may have that are in the server at a time; at least 1. */
  public long maxInflightBytes() {
    long given = int64(Flag.MAX_INFLIGHT_BYTES);
    return given == 0 ? MemoryLimit.bytes() / 4 : given;
  }

  /** How long running requests get to end when the server stops; not negative. */
  public Duration drainTimeout() {
    return Duration.ofSeconds(int32(Flag.DRAIN_TIMEOUT_SECONDS));
  }

  /** How long requests are taken after the server has said that it is not ready; not negative. */
  public Duration drainDelay() {
    return Duration.ofSeconds(int32(Flag.DRAIN_DELAY_SECONDS));
  }

  /** A model that is bad or missing concerns only itself. */
  public boolean modelConfigIsolation() {
    return bool(Flag.MODEL_CONFIG_ISOLATION);
  }

  /** Whether a client may give a new label to a version that is not available. */
  public boolean labelsForUnavailableModels() {
    return bool(Flag.ALLOW_VERSION_LABELS_FOR_UNAVAILABLE_MODELS);
  }

  /** The path of the file that lists the models; empty for none. */
  public String modelConfigFile() {
    return string(Flag.MODEL_CONFIG_FILE);
  }

  /** The time between two readings of that file; zero to read it once. */
  public Duration modelConfigFilePollWait() {
    return Duration.ofSeconds(Math.max(0, int32(Flag.MODEL_CONFIG_FILE_POLL_WAIT_SECONDS)));
  }

  /** How long a reload waits for the models that it adds; zero for no limit. */
  public Duration modelConfigReloadTimeout() {
    return Duration.ofSeconds(int32(Flag.MODEL_CONFIG_RELOAD_TIMEOUT_SECONDS));
  }

  /** Load versions only when their files are complete and no longer change. */
  public boolean versionCompletenessCheck() {
    return bool(Flag.VERSION_COMPLETENESS_CHECK);
  }

  /** How long nothing may change in an incomplete version until it is loaded; not negative. */
  public Duration versionCompletenessPatience() {
    return Duration.ofSeconds(int32(Flag.VERSION_COMPLETENESS_PATIENCE_SECONDS));
  }

  /** The name of the file that says that a version is complete; empty for none. */
  public String versionMarkerFile() {
    return string(Flag.VERSION_MARKER_FILE);
  }

  /** Never unload all versions of a model because its directory shows none. */
  public boolean servableVersionsAlwaysPresent() {
    return bool(Flag.SERVABLE_VERSIONS_ALWAYS_PRESENT);
  }

  /** Most bytes that models may take; {@link Long#MAX_VALUE} for no limit. */
  public long modelMemoryBudget() {
    long given = int64(Flag.MODEL_MEMORY_BUDGET_BYTES);
    return given == 0 ? Long.MAX_VALUE : given;
  }

  /** Unload the old version before the new one is loaded. */
  public boolean resourcePreserving() {
    return string(Flag.VERSION_TRANSITION).equals("resources");
  }

  /** Threads that load versions after the start; 0 to load on the managing thread. */
  public int numLoadThreads() {
    return int32(Flag.NUM_LOAD_THREADS);
  }

  /** Threads that unload versions; 0 to unload on the managing thread. */
  public int numUnloadThreads() {
    return int32(Flag.NUM_UNLOAD_THREADS);
  }

  /** Further attempts after a load has failed. */
  public int maxNumLoadRetries() {
    return int32(Flag.MAX_NUM_LOAD_RETRIES);
  }

  /** The pause between two attempts to load; zero for none. */
  public Duration loadRetryInterval() {
    return Duration.of(Math.max(0, int64(Flag.LOAD_RETRY_INTERVAL_MICROS)), ChronoUnit.MICROS);
  }

  /** Seconds between two looks for new versions; 0 to look once, less than 0 for never. */
  public int fileSystemPollWaitSeconds() {
    return int32(Flag.FILE_SYSTEM_POLL_WAIT_SECONDS);
  }

  /** The directory of the TensorFlow libraries; empty for those that come with Sluice. */
  public String tensorflowLibraryDir() {
    return string(Flag.TENSORFLOW_LIBRARY_DIR);
  }

  /** Libraries with operations that are not TensorFlow's own, in the order of loading. */
  public List<Path> customOpLibraries() {
    return Arrays.stream(string(Flag.CUSTOM_OP_LIBRARIES).split(","))
        .map(String::strip)
        .filter(path -> !path.isEmpty())
        .map(Path::of)
        .toList();
  }

  /** Whether requests are counted and timed. */
  public boolean metrics() {
    return bool(Flag.METRICS);
  }

  /** Records in a file of a request log; at least 1. */
  public int requestLogFileRecords() {
    return int32(Flag.REQUEST_LOG_FILE_RECORDS);
  }

  /** Files that are kept of a request log; at least 1. */
  public int requestLogFiles() {
    return int32(Flag.REQUEST_LOG_FILES);
  }

  /** Whether models are frozen where that is safe. */
  public boolean freezeModels() {
    return bool(Flag.FREEZE_MODELS);
  }

  /**
   * What a line of the log looks like.
   *
   * @throws dev.sluice.status.StatusException INVALID_ARGUMENT if there is no such format
   */
  public LogFormat logFormat() {
    return LogFormat.named(string(Flag.LOG_FORMAT), "--log_format");
  }

  /**
   * From which level on the log has lines.
   *
   * @throws dev.sluice.status.StatusException INVALID_ARGUMENT if there is no such level
   */
  public LogLevel logLevel() {
    return LogLevel.named(string(Flag.LOG_LEVEL), "--log_level");
  }

  /** The file of the log of requests, {@code -} for standard output; empty for none. */
  public String accessLog() {
    return string(Flag.ACCESS_LOG);
  }

  /** The tags of the MetaGraph to load: exactly its set; never empty. */
  public SequencedSet<String> savedModelTags() {
    String tags = string(Flag.SAVED_MODEL_TAGS);
    String list = tags.isEmpty() ? "serve" : tags;
    return Collections.unmodifiableSequencedSet(new LinkedHashSet<>(List.of(list.split(",", -1))));
  }

  /**
   * The threads of every session: those for inside and across ops if one is set, else both alike.
   */
  public SessionThreads sessionThreads() {
    long both = int64(Flag.TENSORFLOW_SESSION_PARALLELISM);
    long intraOp = int64(Flag.TENSORFLOW_INTRA_OP_PARALLELISM);
    long interOp = int64(Flag.TENSORFLOW_INTER_OP_PARALLELISM);
    return intraOp > 0 || interOp > 0
        ? new SessionThreads(intraOp, interOp)
        : new SessionThreads(both, both);
  }

  /** Batch by TensorFlow Serving's parameters, or not at all; null for batching without any. */
  @Nullable Boolean enableBatching() {
    return value(Flag.ENABLE_BATCHING) instanceof Boolean wanted ? wanted : null;
  }

  /** Batch only the versions that bring their own parameters. */
  boolean perModelBatchingParameters() {
    return bool(Flag.ENABLE_PER_MODEL_BATCHING_PARAMETERS);
  }

  /** The processors that defaults are derived from; at least 1. */
  int cpus() {
    return cpus;
  }

  /** Refuse a signature whose method name does not fit the call. */
  public boolean signatureMethodNameCheck() {
    return bool(Flag.ENABLE_SIGNATURE_METHOD_NAME_CHECK);
  }

  boolean version() {
    return bool(Flag.VERSION);
  }

  int int32(Flag flag) {
    return (int) value(flag);
  }

  long int64(Flag flag) {
    return (long) value(flag);
  }

  float float32(Flag flag) {
    return (float) value(flag);
  }

  boolean bool(Flag flag) {
    return (boolean) value(flag);
  }

  String string(Flag flag) {
    return (String) value(flag);
  }

  Object value(Flag flag) {
    return Objects.requireNonNull(values.get(flag), flag::label);
  }
}
