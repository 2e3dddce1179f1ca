package dev.sluice.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ChannelArgumentTest {

  private static List<String> apply(String key, String value) {
    return ChannelArgument.apply(Map.of(key, value), NettyServerBuilder.forPort(0));
  }

  @Test
  void configurationPageListsThoseThatHaveAnEffect() throws IOException {
    Path root = Path.of(System.getProperty("sluice.root"));
    String page = Files.readString(root.resolve("docs/configuration.md"));
    List<String> listed =
        Pattern.compile("(?m)^\\| `(grpc\\.\\S+)` \\|")
            .matcher(page)
            .results()
            .map(row -> row.group(1))
            .toList();

    assertThat(listed).doesNotHaveDuplicates().allMatch(key -> apply(key, "1").isEmpty());
    assertThat(listed)
        .as("the settings, and compression")
        .hasSize(ChannelArgument.values().length + 1);
  }

  @Test
  void whatHasNoEffectIsSaid() {
    assertThat(apply("grpc.lb_policy_name", "grpclb"))
        .containsExactly(
            "--grpc_channel_arguments has grpc.lb_policy_name=grpclb, which has no effect in"
                + " Sluice");
    assertThat(apply("grpc.max_metadata_size", "8k"))
        .containsExactly(
            "--grpc_channel_arguments has grpc.max_metadata_size=8k, which is ignored: expected a"
                + " whole number");
    assertThat(apply("grpc.max_metadata_size", "0"))
        .containsExactly(
            "--grpc_channel_arguments has grpc.max_metadata_size=0, which is ignored: expected at"
                + " least 1");
  }
}
