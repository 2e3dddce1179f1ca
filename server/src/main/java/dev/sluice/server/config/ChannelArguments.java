package dev.sluice.server.config;

import dev.sluice.status.StatusException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Reads {@code --grpc_channel_arguments}: {@code key=value}, separated by commas. */
final class ChannelArguments {

  private ChannelArguments() {}

  /**
   * The values by key, in the order of the text; of several for a key the last one.
   *
   * @throws StatusException INVALID_ARGUMENT for an item without an equals sign
   */
  static SequencedMap<String, String> parse(String text) {
    SequencedMap<String, String> arguments = new LinkedHashMap<>();
    if (!text.isEmpty()) {
      for (String item : text.split(",", -1)) {
        int equals = item.indexOf('=');
        if (equals <= 0) {
          throw StatusException.invalidArgument(
              "--grpc_channel_arguments has the item \"%s\", expected key=value", item);
        }
        arguments.put(item.substring(0, equals), item.substring(equals + 1));
      }
    }
    return Collections.unmodifiableSequencedMap(arguments);
  }
}
