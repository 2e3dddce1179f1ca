package dev.sluice.server.grpc;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.google.errorprone.annotations.Immutable;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.unix.UnixChannelOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The settings of a gRPC server that have an effect here, by the names that gRPC's C library gives
 * them. {@code docs/configuration.md} lists them.
 */
enum ChannelArgument {
  MAX_CONNECTION_AGE(
      "grpc.max_connection_age_ms",
      1,
      (server, value) -> server.maxConnectionAge(value, MILLISECONDS)),
  MAX_CONNECTION_AGE_GRACE(
      "grpc.max_connection_age_grace_ms",
      0,
      (server, value) -> server.maxConnectionAgeGrace(value, MILLISECONDS)),
  MAX_CONNECTION_IDLE(
      "grpc.max_connection_idle_ms",
      1,
      (server, value) -> server.maxConnectionIdle(value, MILLISECONDS)),
  KEEPALIVE_TIME(
      "grpc.keepalive_time_ms", 1, (server, value) -> server.keepAliveTime(value, MILLISECONDS)),
  KEEPALIVE_TIMEOUT(
      "grpc.keepalive_timeout_ms",
      1,
      (server, value) -> server.keepAliveTimeout(value, MILLISECONDS)),
  PERMIT_WITHOUT_CALLS(
      "grpc.keepalive_permit_without_calls",
      0,
      (server, value) -> server.permitKeepAliveWithoutCalls(value != 0)),
  MIN_PING_INTERVAL(
      "grpc.http2.min_recv_ping_interval_without_data_ms",
      0,
      (server, value) -> server.permitKeepAliveTime(value, MILLISECONDS)),
  MAX_CONCURRENT_STREAMS(
      "grpc.max_concurrent_streams", 1, NettyServerBuilder::maxConcurrentCallsPerConnection),
  MAX_RECEIVE_MESSAGE_LENGTH(
      "grpc.max_receive_message_length",
      -1,
      (server, value) -> server.maxInboundMessageSize(value < 0 ? Integer.MAX_VALUE : value)),
  MAX_METADATA_SIZE("grpc.max_metadata_size", 1, NettyServerBuilder::maxInboundMetadataSize),
  SO_REUSEPORT(
      "grpc.so_reuseport",
      0,
      (server, value) -> server.withOption(UnixChannelOption.SO_REUSEPORT, value != 0));

  /** Has an effect on answers rather than on the transport: 2 is gzip. */
  private static final String COMPRESSION = "grpc.default_compression_algorithm";

  private static final String GZIP = "2";

  @FunctionalInterface
  @Immutable
  private interface Setter {
    NettyServerBuilder set(NettyServerBuilder server, int value);
  }

  private final String key;
  private final int least;
  private final Setter setter;

  ChannelArgument(String key, int least, Setter setter) {
    this.key = key;
    this.least = least;
    this.setter = setter;
  }

  /**
   * Sets what has an effect.
   *
   * @return a line to log for each argument that has none
   */
  static List<String> apply(Map<String, String> arguments, NettyServerBuilder server) {
    List<String> lines = new ArrayList<>();
    arguments.forEach((key, value) -> {
      String problem =
          Arrays.stream(values())
              .filter(argument -> argument.key.equals(key))
              .findAny()
              .map(argument -> argument.apply(value, server))
              .orElse(key.equals(COMPRESSION) ? "" : "which has no effect in Sluice");
      if (!problem.isEmpty()) {
        lines.add("--grpc_channel_arguments has " + key + '=' + value + ", " + problem);
      }
    });
    return lines;
  }

  /** What is wrong with the value; empty if it was set. */
  private String apply(String value, NettyServerBuilder server) {
    int number;
    try {
      number = Integer.parseInt(value);
    } catch (NumberFormatException text) {
      return "which is ignored: expected a whole number";
    }
    if (number < least) {
      return "which is ignored: expected at least " + least;
    }
    setter.set(server, number);
    return "";
  }

  /** True iff every answer is to be compressed for a client that takes gzip. */
  static boolean compressesAnswers(Map<String, String> arguments) {
    return GZIP.equals(arguments.get(COMPRESSION));
  }
}
