package dev.sluice.server.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.proto.config.PlatformConfigMap;
import dev.sluice.proto.config.SavedModelBundleSourceAdapterConfig;
import dev.sluice.proto.config.SessionBundleConfig;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.lang.System.Logger;
import java.util.List;

/**
 * The file that takes the place of the built-in platform.
 *
 * @param log gets the place of a syntax error
 */
record PlatformConfigFile(String path, Logger log) {

  /**
   * What the file says of the one platform that there is, {@code tensorflow}.
   *
   * @throws StatusException NOT_FOUND without the file, INVALID_ARGUMENT if it is malformed,
   *     FAILED_PRECONDITION if the platform is not in it, UNIMPLEMENTED for another platform
   */
  SessionBundleConfig tensorFlow() {
    PlatformConfigMap.Builder map = PlatformConfigMap.newBuilder();
    var _ =
        new TextProtoFile(path, log, List.of(SavedModelBundleSourceAdapterConfig.getDescriptor()))
            .read(map);
    for (String platform : map.getPlatformConfigsMap().keySet()) {
      if (!platform.equals(ModelConfigFile.TENSORFLOW)) {
        throw StatusException.unimplemented(
            "platform %s in %s is not known, expected %s only",
            platform, path, ModelConfigFile.TENSORFLOW);
      }
    }
    if (map.getPlatformConfigsCount() == 0) {
      throw StatusException.failedPrecondition(
          "PlatformConfigMap has no entry for platform %s", ModelConfigFile.TENSORFLOW);
    }
    return unpacked(
        map.getPlatformConfigsOrThrow(ModelConfigFile.TENSORFLOW).getSourceAdapterConfig());
  }

  private static SessionBundleConfig unpacked(Any adapter) {
    String url = adapter.getTypeUrl();
    int slash = url.lastIndexOf('/');
    if (slash < 0 || slash == url.length() - 1) {
      throw StatusException.invalidArgument(
          "Supplied config's type_url could not be parsed: %s", url);
    }
    if (!adapter.is(SavedModelBundleSourceAdapterConfig.class)) {
      throw StatusException.internal(
          "Unable to find compiled-in proto descriptor of type %s", url.substring(slash + 1));
    }
    try {
      return adapter.unpack(SavedModelBundleSourceAdapterConfig.class).getLegacyConfig();
    } catch (InvalidProtocolBufferException malformed) {
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "Malformed content of Any: " + malformed.getMessage(),
          malformed);
    }
  }
}
