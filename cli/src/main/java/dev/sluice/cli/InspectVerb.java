package dev.sluice.cli;

import dev.sluice.model.Signature;
import dev.sluice.status.StatusException;
import dev.sluice.tensorflow.SavedModelDescription;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what is in a model's folder, without loading it. */
@Command(
    name = "inspect",
    sortOptions = false,
    customSynopsis = "sluice inspect DIR [OPTION...]",
    description = {
      "Say what is in a model's folder: versions, sizes, signatures with their types and"
          + " shapes, and for each signature a request that can be pasted.",
      "",
      "Reads the files only; TensorFlow is not loaded, so large models take no longer.",
      ""
    },
    footer = {
      "",
      "Exit code: 0, 1 if there is no sound SavedModel, 2 for a wrong command line.",
      "",
      "For example:",
      "  ./sluice inspect models/boston_model",
      "  ./sluice inspect models/boston_model/0000001 --example=serving_default \\",
      "    | ./sluice predict boston_model"
    })
final class InspectVerb implements Callable<Integer> {

  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "A model's base path, or the folder of one version.")
  private Path directory = Path.of("");

  @Option(
      names = "--example",
      paramLabel = "S",
      description = "Print nothing but the body of an example request for this signature.")
  private String example = "";

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "The REST port that requests are to name (8501).")
  private int port = 8501;

  InspectVerb(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ModelFolder folder = ModelFolder.of(directory);
    if (!example.isEmpty()) {
      console.out().println(body(SavedModelDescription.read(folder.newest().directory())));
      return 0;
    }
    new InspectReport(console.out(), folder, port).print(directory);
    return 0;
  }

  private String body(SavedModelDescription description) {
    SavedModelDescription.MetaGraph graph = description.metaGraphs().getFirst();
    var signatures = graph.signatures();
    Signature signature = signatures.get(example);
    if (signature == null) {
      throw StatusException.notFound(
          "no signature %s, expected one of %s", example, signatures.keySet());
    }
    ExampleRequest request = ExampleRequest.of(signature, graph);
    if (!request.problem().isEmpty()) {
      throw StatusException.unimplemented("no example for %s: %s", example, request.problem());
    }
    return request.body();
  }
}
