package dev.sluice.server.config;

import dev.sluice.proto.config.MonitoringConfig;
import dev.sluice.proto.config.PrometheusConfig;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** The file that says where TensorFlow Serving's page of metrics is. */
final class MonitoringFile {

  private static final String DEFAULT_PATH = "/monitoring/prometheus/metrics";

  private MonitoringFile() {}

  /**
   * The path of the page; null if there shall be none.
   *
   * @param log gets the place of a syntax error, and a warning for a path that nobody can ask for
   * @throws StatusException as {@link TextProtoFile#read}; INVALID_ARGUMENT where the page is asked
   *     for and nothing is counted
   */
  static @Nullable String path(ServerOptions options, Logger log) {
    String file = options.string(Flag.MONITORING_CONFIG_FILE);
    if (file.isEmpty() || options.restApiPort() == 0) {
      return null;
    }
    MonitoringConfig.Builder config = MonitoringConfig.newBuilder();
    var _ = new TextProtoFile(file, log).read(config);
    PrometheusConfig page = config.getPrometheusConfig();
    if (!page.getEnable()) {
      return null;
    }
    if (!options.metrics()) {
      throw StatusException.invalidArgument(
          "--%s=false, but prometheus_config in %s has enable: true; expected one of them to change",
          Flag.METRICS.label(), file);
    }
    String path = page.getPath().isEmpty() ? DEFAULT_PATH : page.getPath();
    if (!path.startsWith("/")) {
      log.log(
          Level.WARNING,
          "The path of prometheus_config in "
              + file
              + " is "
              + path
              + ", which no client can ask for, since it does not begin with a slash");
    }
    return path;
  }
}
