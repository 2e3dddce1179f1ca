package dev.sluice.server.config;

import static dev.sluice.server.config.FlagType.BOOL;
import static dev.sluice.server.config.FlagType.BOOL_OR_AUTO;
import static dev.sluice.server.config.FlagType.FLOAT;
import static dev.sluice.server.config.FlagType.INT32;
import static dev.sluice.server.config.FlagType.INT64;
import static dev.sluice.server.config.FlagType.STRING;
import static dev.sluice.server.config.Support.FOR_GPUS;
import static dev.sluice.server.config.Support.NOT_NEEDED;
import static dev.sluice.server.config.Support.NO_EFFECT;
import static dev.sluice.server.config.Support.REFUSED;
import static dev.sluice.server.config.Support.UNSERVED;
import static dev.sluice.server.config.Support.WORKS;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The table of flags: those of TensorFlow Serving in the order of its usage text, then Sluice's
 * own. Parsing, the usage text and the documentation all read this table; a flag's name is its
 * constant's in lower case.
 */
enum Flag {
  PORT(INT32, "8500", WORKS, "TCP port of gRPC; 0 opens none."),
  GRPC_SOCKET_PATH(STRING, "", WORKS, "Path of a UNIX socket on which gRPC listens as well."),
  REST_API_PORT(INT32, "0", WORKS, "TCP port of the REST API; may be that of gRPC; 0 opens none."),
  REST_API_NUM_THREADS(
      INT32,
      4,
      WORKS,
      "Model runs that may go on at once; the larger of this and --grpc_max_threads counts."),
  REST_API_TIMEOUT_IN_MS(
      INT32, "30000", WORKS, "Milliseconds that a REST request may run; 0 or less for no limit."),
  REST_API_ENABLE_CORS_SUPPORT(
      BOOL, "false", WORKS, "Let scripts of any origin use the REST API: send CORS headers."),
  ENABLE_BATCHING(
      BOOL_OR_AUTO,
      FlagType.AUTO,
      WORKS,
      "Merge requests into batches: auto where it is safe, without parameters; true by TensorFlow"
          + " Serving's parameters; false never."),
  ALLOW_VERSION_LABELS_FOR_UNAVAILABLE_MODELS(
      BOOL, "false", WORKS, "Let a reload give a new label to a version that is not loaded."),
  BATCHING_PARAMETERS_FILE(
      STRING, "", WORKS, "Text file with BatchingParameters; needs --enable_batching."),
  ENABLE_PER_MODEL_BATCHING_PARAMETERS(
      BOOL,
      "false",
      WORKS,
      "With --enable_batching, batch only versions with a batching_params.pbtxt, and by that."),
  MODEL_CONFIG_FILE(
      STRING,
      "",
      WORKS,
      "Text file with the ModelServerConfig to serve; --model_name and --model_base_path are"
          + " then ignored."),
  MODEL_CONFIG_FILE_POLL_WAIT_SECONDS(
      INT32, "0", WORKS, "Seconds between two readings of that file; 0 or less to read it once."),
  MODEL_NAME(STRING, "default", WORKS, "Name of the one model, where there is no config file."),
  MODEL_BASE_PATH(
      STRING, "", WORKS, "Directory with the versions of the one model: absolute, or a URI."),
  NUM_LOAD_THREADS(
      INT32, "0", WORKS, "Threads that load versions after the start; 0 loads one at a time."),
  NUM_UNLOAD_THREADS(INT32, "0", WORKS, "Threads that unload versions; 0 unloads one at a time."),
  MAX_NUM_LOAD_RETRIES(INT32, "5", WORKS, "Further attempts after a load has failed."),
  LOAD_RETRY_INTERVAL_MICROS(
      INT64, "60000000", WORKS, "Microseconds between two attempts; negative for no pause."),
  FILE_SYSTEM_POLL_WAIT_SECONDS(
      INT32,
      "1",
      WORKS,
      "Seconds between two looks for new versions; 0 looks once, less than 0 never."),
  FLUSH_FILESYSTEM_CACHES(
      BOOL, "true", NOT_NEEDED, "Drop the caches of remote file systems after loads."),
  TENSORFLOW_SESSION_PARALLELISM(
      INT64, "0", WORKS, "Threads inside an op and across ops alike; 0 for automatic."),
  TENSORFLOW_SESSION_CONFIG_FILE(
      STRING, "", WORKS, "Text file with the ConfigProto of every session."),
  TENSORFLOW_INTRA_OP_PARALLELISM(INT64, "0", WORKS, "Threads inside one op; 0 for automatic."),
  TENSORFLOW_INTER_OP_PARALLELISM(INT64, "0", WORKS, "Ops that run at once; 0 for automatic."),
  USE_ALTS_CREDENTIALS(BOOL, "false", REFUSED, "Secure gRPC with Google's ALTS."),
  SSL_CONFIG_FILE(
      STRING,
      "",
      WORKS,
      "Text file with the SSLConfig that secures gRPC by TLS, and REST as --rest_api_tls says."),
  PLATFORM_CONFIG_FILE(
      STRING,
      "",
      WORKS,
      "Text file with a PlatformConfigMap in place of what the flags say of sessions and batching."),
  PER_PROCESS_GPU_MEMORY_FRACTION(
      FLOAT, "0", FOR_GPUS, "Share of the GPU's memory to take; 0 for automatic."),
  SAVED_MODEL_TAGS(STRING, "serve", WORKS, "Tags, separated by commas, of the MetaGraph to load."),
  GRPC_CHANNEL_ARGUMENTS(
      STRING, "", WORKS, "Settings of the gRPC server: key=value, separated by commas."),
  GRPC_MAX_THREADS(
      INT32,
      4,
      WORKS,
      "Model runs that may go on at once; the larger of this and --rest_api_num_threads counts."),
  ENABLE_MODEL_WARMUP(
      BOOL,
      "true",
      WORKS,
      "Before a version serves, run the requests in its assets.extra/tf_serving_warmup_requests."),
  NUM_REQUEST_ITERATIONS_FOR_WARMUP(
      INT32, "0", WORKS, "Runs of each of those requests; 0 or less for one."),
  VERSION(BOOL, "false", WORKS, "Print the versions and exit."),
  MONITORING_CONFIG_FILE(
      STRING,
      "",
      WORKS,
      "Text file with the MonitoringConfig: whether TensorFlow Serving's page of metrics is on the"
          + " REST port, and where."),
  REMOVE_UNUSED_FIELDS_FROM_BUNDLE_METAGRAPH(
      BOOL, "true", NOT_NEEDED, "Keep only the signatures of a loaded MetaGraph in memory."),
  PREFER_TFLITE_MODEL(
      BOOL, "false", UNSERVED, "Serve model.tflite where a version directory has one."),
  NUM_TFLITE_POOLS(INT32, 1, NO_EFFECT, "Interpreter pools of a TensorFlow Lite model."),
  NUM_TFLITE_INTERPRETERS_PER_POOL(
      INT32, "1", NO_EFFECT, "Interpreters in each pool of a TensorFlow Lite model."),
  ENABLE_SIGNATURE_METHOD_NAME_CHECK(
      BOOL, "false", WORKS, "Refuse a signature whose method name does not fit the call."),
  XLA_CPU_COMPILATION_ENABLED(
      BOOL,
      "false",
      NO_EFFECT,
      "Let XLA compile for the CPU; here it does in any case where a model asks for it."),
  XLA_GPU_COMPILATION_ENABLED(
      BOOL,
      "false",
      NO_EFFECT,
      "Let XLA compile for CPU and GPU; here it does in any case where a model asks for it."),
  ENABLE_PROFILER(BOOL, "true", NO_EFFECT, "Offer TensorFlow's profiler service over gRPC."),
  THREAD_POOL_FACTORY_CONFIG_FILE(
      STRING, "", NO_EFFECT, "Text file with the ThreadPoolFactoryConfig."),
  MIXED_PRECISION(STRING, "", NO_EFFECT, "Rewrite graphs for this type: bfloat16."),
  SKIP_INITIALIZE_TPU(BOOL, "false", NO_EFFECT, "Leave the TPU system as it is at the start."),
  ENABLE_GRPC_HEALTHCHECK_SERVICE(
      BOOL, "false", WORKS, "Offer the standard health service over gRPC; Sluice always does."),
  ENABLE_SERIALIZATION_AS_TENSOR_CONTENT(
      BOOL, "false", WORKS, "Answer gRPC Predict with tensor_content, not with typed values."),

  BIND_ADDRESS(STRING, "", WORKS, "Address on which gRPC and REST listen; empty for every one."),
  ADMIN_PORT(
      INT32, "0", WORKS, "TCP port that answers operators over HTTP, in clear text; 0 opens none."),
  ADMIN_BIND_ADDRESS(
      STRING, "127.0.0.1", WORKS, "Address on which that port listens; empty for every one."),
  METRICS(
      BOOL,
      "true",
      WORKS,
      "Count and time requests, and tell of it at /metrics on the REST and the admin port."),
  TENSORFLOW_LIBRARY_DIR(
      STRING,
      "",
      WORKS,
      "Directory of the TensorFlow libraries to use in place of the bundled ones."),
  CUSTOM_OP_LIBRARIES(
      STRING,
      "",
      WORKS,
      "Libraries with operations that are not TensorFlow's own, or folders of such, separated by"
          + " commas; loaded before the first model."),
  FREEZE_MODELS(
      BOOL,
      "true",
      WORKS,
      "Run signatures with their variables as constants and their functions inlined, where nothing"
          + " writes the variables; false runs every model as it is loaded."),
  MAX_TENSOR_BYTES(INT64, "1073741824", WORKS, "Most bytes that one tensor of a request may take."),
  MAX_INFLIGHT_BYTES(
      INT64,
      "0",
      WORKS,
      "Most bytes that all requests and answers in the server may have together; 0 for a quarter of"
          + " the memory that the process may have."),
  DRAIN_TIMEOUT_SECONDS(INT32, "30", WORKS, "Seconds that running requests get to end at a stop."),
  DRAIN_DELAY_SECONDS(
      INT32,
      "0",
      WORKS,
      "Seconds at a stop in which the server says that it is not ready and still takes requests."),
  REST_API_TLS(
      BOOL_OR_AUTO,
      FlagType.AUTO,
      WORKS,
      "With --ssl_config_file, what REST clients speak: true TLS; false clear text, as in TensorFlow"
          + " Serving; auto either, but TLS alone where clients must show a certificate."),
  REST_API_MAX_BODY_BYTES(
      INT64, "268435456", WORKS, "Most bytes that the body of a REST request may have."),
  REST_API_MAX_INFLATED_BYTES(
      INT64, "104857600", WORKS, "Most bytes that a gzip body of a REST request may inflate to."),
  REST_API_MAX_GZIP_RATIO(
      INT32,
      "500",
      WORKS,
      "How many times its size a gzip body may inflate to, counted from 16 MiB on; 0 for any."),
  REST_API_MAX_HEADER_BYTES(
      INT32,
      "65536",
      WORKS,
      "Most bytes of a REST request's first line, and again of the headers after it."),
  REST_API_RECEIVE_TIMEOUT_SECONDS(
      INT32,
      "60",
      WORKS,
      "Seconds that a REST request may take to arrive, beside what its bytes earn; 0 for any."),
  REST_API_MIN_RECEIVE_BYTES_PER_SECOND(
      INT32, "1024", WORKS, "Bytes that earn a REST request another second to arrive."),
  REST_API_IDLE_TIMEOUT_SECONDS(
      INT32,
      "3600",
      WORKS,
      "Seconds after which an idle REST connection is closed, or one that takes nothing of its"
          + " answer; 0 for never."),
  REST_API_CANCEL_ON_CLOSE(
      BOOL,
      "false",
      WORKS,
      "Cancel the requests of a client that ends its sending side; without it they are answered."),
  REST_API_GZIP_MIN_BYTES(
      INT32,
      "65536",
      WORKS,
      "Least bytes of a REST answer to be compressed for a client that accepts gzip; 0 for none."),
  REST_ERROR_HINTS(
      BOOL,
      "true",
      WORKS,
      "Say after the text of a REST error what was expected; false gives TensorFlow Serving's text"
          + " alone."),
  MODEL_CONFIG_ISOLATION(
      BOOL,
      "true",
      WORKS,
      "Let a model that is bad or missing concern only itself, at the start, at a reload and when"
          + " storage is polled; false is as TensorFlow Serving."),
  MODEL_CONFIG_RELOAD_TIMEOUT_SECONDS(
      INT32,
      "0",
      WORKS,
      "Seconds that a reload waits for the models that it adds; 0 for no limit."),
  VERSION_COMPLETENESS_CHECK(
      BOOL,
      "true",
      WORKS,
      "Load a version only when its files are complete and no longer change; false loads it as soon"
          + " as its directory is there, as TensorFlow Serving does."),
  VERSION_COMPLETENESS_PATIENCE_SECONDS(
      INT32,
      "10",
      WORKS,
      "Seconds without a change after which an incomplete version is loaded all the same, to fail"
          + " with the reason."),
  VERSION_MARKER_FILE(
      STRING,
      "",
      WORKS,
      "Name of a file whose presence in a version's directory, and nothing else, says that the"
          + " version is complete; empty for none."),
  SERVABLE_VERSIONS_ALWAYS_PRESENT(
      BOOL,
      "false",
      WORKS,
      "Never unload all versions of a model because its directory shows none, and start only if"
          + " each has one."),
  MODEL_MEMORY_BUDGET_BYTES(
      INT64,
      "0",
      WORKS,
      "Most bytes that models may take by the estimate of 1.2 times their files; a load that does"
          + " not fit beside the others fails. 0 for no limit."),
  VERSION_TRANSITION(
      STRING,
      "availability",
      WORKS,
      "What a change of versions preserves: availability loads the new one first; resources unloads"
          + " the old one first, and nothing answers meanwhile."),
  SYNTHESIZE_WARMUP(
      BOOL,
      "true",
      WORKS,
      "With --enable_model_warmup, make requests up for a version that brings none, where its graph"
          + " just computes."),
  LOG_FORMAT(
      STRING,
      "text",
      WORKS,
      "What a line of the log looks like: text for people, json for programs."),
  LOG_LEVEL(
      STRING,
      "info",
      WORKS,
      "From which level on the log has lines: debug, info, warning, error; the admin port can change"
          + " it."),
  ACCESS_LOG(
      STRING,
      "",
      WORKS,
      "File to which a line in JSON is added for each request over REST and gRPC, - for standard"
          + " output; empty for none."),
  REQUEST_LOG_FILE_RECORDS(
      INT32, "1000", WORKS, "Requests in a file of a request log, before the next file begins."),
  REQUEST_LOG_FILES(INT32, "100", WORKS, "Files that are kept of each request log."),
  TRACE_ENDPOINT(
      STRING,
      "",
      WORKS,
      "URL of an OpenTelemetry collector to which traces of requests are sent, by OTLP over HTTP;"
          + " empty for what the environment says, which is none by default."),
  TRACE_SAMPLING_RATE(
      FLOAT,
      "1",
      WORKS,
      "Share of requests to trace, 0 to 1, where the caller has not decided; at 1 the environment"
          + " may say another.");

  private static final Map<String, Flag> BY_NAME =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(Flag::label, Function.identity()));

  private final FlagType type;
  private final String constantDefault;
  private final int perCpu;
  private final Support support;
  private final String help;

  Flag(FlagType type, String constantDefault, Support support, String help) {
    this(type, constantDefault, 0, support, help);
  }

  /** A flag whose default is that many times the number of processors. */
  Flag(FlagType type, int perCpu, Support support, String help) {
    this(type, "", perCpu, support, help);
  }

  Flag(FlagType type, String constantDefault, int perCpu, Support support, String help) {
    this.type = type;
    this.constantDefault = constantDefault;
    this.perCpu = perCpu;
    this.support = support;
    this.help = help;
  }

  /** The flag with this name, given without dashes; null if there is none. */
  static @Nullable Flag named(String label) {
    return BY_NAME.get(label);
  }

  /** The name on the command line, without dashes. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  FlagType type() {
    return type;
  }

  Support support() {
    return support;
  }

  /** What the flag does, in one sentence. */
  String help() {
    return help;
  }

  /** True iff TensorFlow Serving has no such flag. */
  boolean isOwn() {
    return compareTo(BIND_ADDRESS) >= 0;
  }

  /** How many times the number of processors the default is; 0 if it does not depend on them. */
  int perCpu() {
    return perCpu;
  }

  /** The value in force where the flag is not given. */
  Object defaultValue(int cpus) {
    String text = perCpu == 0 ? constantDefault : Integer.toString(perCpu * cpus);
    return Objects.requireNonNull(type.parse(text), label());
  }

  /** The line of the usage text: {@code --port=8500}, type and help after tabs. */
  String usage(int cpus) {
    String flag = "--" + label() + '=' + type.show(defaultValue(cpus));
    return '\t' + flag + '\t' + type.label() + '\t' + help + (isOwn() ? " Sluice's own." : "");
  }
}
