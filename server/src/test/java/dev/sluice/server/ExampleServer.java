package dev.sluice.server;

import dev.sluice.testkit.Models;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Servers with the models that take serialised examples, and those that get it wrong. */
final class ExampleServer {

  private ExampleServer() {}

  /**
   * Serves {@code half_plus_two} in versions 123 (y = x/2 + 2) and 124 (y = x/2 + 3), and the other
   * models in version 1.
   */
  static TestServer start(Path folder, String... flags) throws Exception {
    Path base = folder.resolve(Models.HALF_PLUS_TWO);
    Models.copyVersion(Models.HALF_PLUS_TWO, 1, base, 123);
    Models.copyVersion(Models.HALF_PLUS_TWO, 2, base, 124);
    StringBuilder config =
        new StringBuilder("model_config_list {" + entry(folder, Models.HALF_PLUS_TWO, "all {}"));
    for (String name :
        List.of(
            Models.CLASSIFIER, Models.REGRESSOR, Models.WRONG_RESULTS, Models.WRONG_SIGNATURES)) {
      Models.copyTo(folder, name);
      config.append(entry(folder, name, "latest {}"));
    }
    Path file = folder.resolve("models.config");
    Files.writeString(file, config.append("}"));
    List<String> all = new ArrayList<>(List.of(flags));
    all.add("--model_config_file=" + file);
    return TestServer.start(all.toArray(String[]::new)).settled(Models.HALF_PLUS_TWO, 2);
  }

  private static String entry(Path folder, String name, String policy) {
    return " config { name: '%1$s' base_path: '%2$s/%1$s' model_platform: 'tensorflow' "
            .formatted(name, folder)
        + "model_version_policy { "
        + policy
        + " } }";
  }
}
