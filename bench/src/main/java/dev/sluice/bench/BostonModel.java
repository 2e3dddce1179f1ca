package dev.sluice.bench;

import dev.sluice.load.LoadPlan;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The tutorial's network, trained once with a seed, and one house to ask it for. */
final class BostonModel {

  static final String NAME = "boston_model";

  private static final String INPUT = "dense_input";

  /** Of the first row of the tutorial's sample, as in {@code examples/boston-housing/data.json}. */
  private static final float[] HOUSE = {
    0.09178f, 0.0f, 4.05f, 0.0f, 0.51f, 6.416f, 84.1f, 2.6463f, 5.0f, 296.0f, 16.6f, 395.5f, 9.04f
  };

  private static final String TRAINER = "examples/boston-housing/target/";
  private static final Duration TO_TRAIN = Duration.ofMinutes(5);

  private BostonModel() {}

  /** Its base path; trained now if that was not done before. */
  static Path trained(Workshop workshop) throws IOException, InterruptedException {
    Path basePath = workshop.models().resolve(NAME);
    if (Files.isRegularFile(basePath.resolve("0000001/saved_model.pb"))) {
      return basePath;
    }
    workshop.progress().accept("training " + NAME);
    Path home = workshop.home();
    String classPath =
        home.resolve(TRAINER + "sluice-example-boston-housing.jar")
            + File.pathSeparator
            + home.resolve(TRAINER + "lib")
            + "/*";
    List<String> command =
        new ArrayList<>(Workshop.java(classPath, "dev.sluice.examples.boston.Trainer"));
    command.add("--models=" + workshop.models());
    command.add("--seed=1");
    command.add("--tensorflow_library_dir=" + workshop.libraries());
    try (ChildProcess trainer =
        ChildProcess.start(command, workshop.logs().resolve("trainer.log"))) {
      trainer.awaitSuccess(TO_TRAIN);
    }
    return basePath;
  }

  /** One house as the body of a predict request, as the tutorial sends it. */
  static byte[] json() {
    StringBuilder text = new StringBuilder();
    for (float value : HOUSE) {
      text.append(text.isEmpty() ? "{\"instances\": [[" : ", ").append(value);
    }
    return text.append("]]}").toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** The same as a gRPC message. */
  static byte[] message() {
    return Messages.predict(
        NAME, "serving_default", INPUT, Messages.floats(HOUSE, 1, HOUSE.length));
  }

  /** The house's numbers. */
  static float[] house() {
    return HOUSE.clone();
  }

  /** The load that puts one house at a time on a server. */
  static LoadPlan rest(Server server) {
    return LoadPlan.of(server.rest(NAME), json());
  }

  /** The same over gRPC. */
  static LoadPlan grpc(Server server) {
    return LoadPlan.of(server.grpc(), message());
  }
}
