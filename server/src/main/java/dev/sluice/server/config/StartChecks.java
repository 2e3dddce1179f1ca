package dev.sluice.server.config;

import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.util.stream.Stream;

/**
 * The checks across flags. Their order is part of the contract: of several reasons not to start the
 * first is told.
 */
final class StartChecks {

  private StartChecks() {}

  /** The same where the flags have to name the models. */
  static void beforeModelConfig(ServerOptions options) {
    beforeModelConfig(options, false);
  }

  /**
   * What is checked before the model config is read or made.
   *
   * @param modelsAreKnown whether the flags need not name any
   */
  static void beforeModelConfig(ServerOptions options, boolean modelsAreKnown) {
    requireListener(options);
    requireOneSecurity(options);
    if (!modelsAreKnown) {
      requireModels(options);
    }
    refuseMissingSecurity(options);
    refuseOtherModels(options);
    requireRanges(options);
    requireKnownTransition(options);
    requireMarkerName(options);
    var _ = options.logFormat();
    var _ = options.logLevel();
    var _ = options.grpcChannelArguments(); // throws where an item is no setting
  }

  private static void requireListener(ServerOptions options) {
    if (options.port() == 0 && options.grpcSocketPath().isEmpty()) {
      throw StatusException.invalidArgument(
          "At least one of server_options.grpc_port or server_options.grpc_socket_path must be"
              + " set.");
    }
  }

  private static void requireOneSecurity(ServerOptions options) {
    if (wantsAlts(options) && wantsTls(options)) {
      throw StatusException.invalidArgument(
          "Either use_alts_credentials must be false or ssl_config_file must be empty.");
    }
  }

  private static void requireModels(ServerOptions options) {
    if (options.string(Flag.MODEL_BASE_PATH).isEmpty()
        && options.string(Flag.MODEL_CONFIG_FILE).isEmpty()) {
      throw StatusException.invalidArgument(
          "Both server_options.model_base_path and server_options.model_config_file are empty!");
    }
  }

  private static void refuseMissingSecurity(ServerOptions options) {
    if (wantsAlts(options)) {
      throw StatusException.unimplemented(
          "--%s does not work yet, and Sluice does not serve in clear text where security was asked"
              + " for.",
          Flag.USE_ALTS_CREDENTIALS.label());
    }
  }

  /** SavedModels in their place would answer with other numbers than were asked for. */
  private static void refuseOtherModels(ServerOptions options) {
    if (options.bool(Flag.PREFER_TFLITE_MODEL)) {
      throw tensorFlowLite("--" + Flag.PREFER_TFLITE_MODEL.label());
    }
  }

  /** The refusal of a setting that asks for TensorFlow Lite. */
  static StatusException tensorFlowLite(String setting) {
    return StatusException.unimplemented(
        "%s asks for TensorFlow Lite models, which Sluice does not serve; without it the SavedModels"
            + " are served.",
        setting);
  }

  /**
   * TLS can be spoken with what its file says.
   *
   * @throws StatusException as {@link TlsIdentity#read}
   */
  static void requireTls(ServerOptions options, Logger log) {
    if (wantsTls(options)) {
      requireTlsOnOnePort(options);
      var _ = TlsIdentity.read(options.sslConfigFile(), log);
      return;
    }
    if (Boolean.TRUE.equals(options.restApiTls())) {
      throw StatusException.invalidArgument("--rest_api_tls needs --ssl_config_file");
    }
  }

  private static void requireTlsOnOnePort(ServerOptions options) {
    boolean onePort = options.port() != 0 && options.port() == options.restApiPort();
    if (onePort && Boolean.FALSE.equals(options.restApiTls())) {
      throw StatusException.invalidArgument(
          "--rest_api_tls=false needs a --rest_api_port of its own, since gRPC's speaks TLS");
    }
  }

  private static void requireRanges(ServerOptions options) {
    requireRange(options, Flag.PORT, 0, 65535);
    requireRange(options, Flag.REST_API_PORT, 0, 65535);
    requireRange(options, Flag.ADMIN_PORT, 0, 65535);
    Stream.of(
            Flag.TENSORFLOW_SESSION_PARALLELISM,
            Flag.TENSORFLOW_INTRA_OP_PARALLELISM,
            Flag.TENSORFLOW_INTER_OP_PARALLELISM)
        .forEach(flag -> requireRange(options, flag, Integer.MIN_VALUE, Integer.MAX_VALUE));
    Stream.of(
            Flag.REST_API_NUM_THREADS,
            Flag.GRPC_MAX_THREADS,
            Flag.MAX_TENSOR_BYTES,
            Flag.REQUEST_LOG_FILE_RECORDS,
            Flag.REQUEST_LOG_FILES,
            Flag.REST_API_MAX_BODY_BYTES,
            Flag.REST_API_MAX_INFLATED_BYTES,
            Flag.REST_API_MAX_HEADER_BYTES,
            Flag.REST_API_MIN_RECEIVE_BYTES_PER_SECOND)
        .forEach(flag -> requireRange(options, flag, 1, Long.MAX_VALUE));
    Stream.of(
            Flag.MAX_INFLIGHT_BYTES,
            Flag.MODEL_MEMORY_BUDGET_BYTES,
            Flag.NUM_LOAD_THREADS,
            Flag.NUM_UNLOAD_THREADS,
            Flag.DRAIN_TIMEOUT_SECONDS,
            Flag.DRAIN_DELAY_SECONDS,
            Flag.MODEL_CONFIG_RELOAD_TIMEOUT_SECONDS,
            Flag.VERSION_COMPLETENESS_PATIENCE_SECONDS,
            Flag.REST_API_MAX_GZIP_RATIO,
            Flag.REST_API_RECEIVE_TIMEOUT_SECONDS,
            Flag.REST_API_IDLE_TIMEOUT_SECONDS,
            Flag.REST_API_GZIP_MIN_BYTES)
        .forEach(flag -> requireRange(options, flag, 0, Long.MAX_VALUE));
  }

  private static void requireKnownTransition(ServerOptions options) {
    String given = options.string(Flag.VERSION_TRANSITION);
    if (!given.equals("availability") && !given.equals("resources")) {
      throw StatusException.invalidArgument(
          "--%s is %s, expected availability or resources", Flag.VERSION_TRANSITION.label(), given);
    }
  }

  private static void requireMarkerName(ServerOptions options) {
    String name = options.versionMarkerFile();
    if (name.contains("/") || name.equals(".") || name.equals("..")) {
      throw StatusException.invalidArgument(
          "--%s is %s, expected the name of a file in a version's directory",
          Flag.VERSION_MARKER_FILE.label(), name);
    }
  }

  private static void requireRange(ServerOptions options, Flag flag, long least, long most) {
    long value = ((Number) options.value(flag)).longValue();
    if (value < least || value > most) {
      String expected = most == Long.MAX_VALUE ? "at least " + least : least + " to " + most;
      throw StatusException.invalidArgument(
          "--%s is %d, expected %s", flag.label(), value, expected);
    }
  }

  /** A file of batching parameters is for batching by parameters. */
  static void requireBatching(ServerOptions options) {
    if (!Boolean.TRUE.equals(options.enableBatching())
        && !options.string(Flag.BATCHING_PARAMETERS_FILE).isEmpty()) {
      throw StatusException.invalidArgument(
          "server_options.batching_parameters_file is set without setting"
              + " server_options.enable_batching to true.");
    }
  }

  /** Threads are configured in one of two ways. */
  static void requireOneParallelism(ServerOptions options) {
    boolean allSet =
        Stream.of(
                Flag.TENSORFLOW_SESSION_PARALLELISM,
                Flag.TENSORFLOW_INTRA_OP_PARALLELISM,
                Flag.TENSORFLOW_INTER_OP_PARALLELISM)
            .allMatch(flag -> options.int64(flag) > 0);
    if (allSet) {
      throw StatusException.invalidArgument(
          "Either configure server_options.tensorflow_session_parallelism or"
              + " (server_options.tensorflow_intra_op_parallelism,"
              + " server_options.tensorflow_inter_op_parallelism) separately. You cannot configure"
              + " all.");
    }
  }

  private static boolean wantsAlts(ServerOptions options) {
    return options.bool(Flag.USE_ALTS_CREDENTIALS);
  }

  private static boolean wantsTls(ServerOptions options) {
    return !options.string(Flag.SSL_CONFIG_FILE).isEmpty();
  }
}
