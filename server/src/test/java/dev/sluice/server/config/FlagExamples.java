package dev.sluice.server.config;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How each flag may be used, for {@code docs/configuration.md}. A flag without a line here is shown
 * with its default, a switch with the opposite of it.
 */
final class FlagExamples {

  private static final String LINES =
      """
      --grpc_socket_path=/run/sluice/grpc.sock
      --rest_api_port=8501
      --rest_api_num_threads=16
      --enable_batching=true
      --batching_parameters_file=/models/batching.config
      --model_config_file=/models/models.config
      --model_config_file_poll_wait_seconds=60
      --model_name=boston_model
      --model_base_path=/models/boston_model
      --num_load_threads=2
      --num_unload_threads=2
      --load_retry_interval_micros=1000000
      --tensorflow_session_parallelism=4
      --tensorflow_session_config_file=/models/session.config
      --tensorflow_intra_op_parallelism=4
      --tensorflow_inter_op_parallelism=2
      --ssl_config_file=/etc/sluice/ssl.config
      --platform_config_file=/models/platform.config
      --per_process_gpu_memory_fraction=0.5
      --saved_model_tags=serve,gpu
      --grpc_channel_arguments=grpc.max_connection_age_ms=600000,grpc.max_concurrent_streams=100
      --grpc_max_threads=16
      --num_request_iterations_for_warmup=10
      --monitoring_config_file=/models/monitoring.config
      --num_tflite_pools=4
      --thread_pool_factory_config_file=/models/pools.config
      --mixed_precision=bfloat16
      --bind_address=127.0.0.1
      --admin_port=8502
      --admin_bind_address=0.0.0.0
      --metrics=false
      --tensorflow_library_dir=/opt/tensorflow/lib
      --custom_op_libraries=/opt/tensorflow_text/python/ops
      --max_inflight_bytes=4294967296
      --drain_delay_seconds=5
      --rest_api_tls=true
      --model_config_reload_timeout_seconds=120
      --version_marker_file=_SUCCESS
      --model_memory_budget_bytes=8589934592
      --version_transition=resources
      --log_format=json
      --log_level=debug
      --access_log=/var/log/sluice/access.log
      --trace_endpoint=http://localhost:4318
      --trace_sampling_rate=0.01
      """;

  private static final Map<String, String> BY_NAME =
      LINES
          .lines()
          .collect(
              Collectors.toMap(line -> line.substring(2, line.indexOf('=')), Function.identity()));

  private FlagExamples() {}

  /** One argument of a command line. */
  static String of(Flag flag) {
    String line = BY_NAME.get(flag.label());
    return line != null ? line : "--" + flag.label() + byItself(flag);
  }

  private static String byItself(Flag flag) {
    Object value = flag.defaultValue(1);
    return switch (flag.type()) {
      case BOOL -> value.equals(true) ? "=false" : "";
      case BOOL_OR_AUTO -> "=false";
      case INT32, INT64, FLOAT -> "=" + (((Number) value).doubleValue() == 0 ? "1" : value);
      case STRING -> {
        if (value.equals("")) {
          throw new AssertionError("No example of --" + flag.label() + ": add one to FlagExamples");
        }
        yield "=" + value;
      }
    };
  }
}
