package dev.sluice.cli;

import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import dev.sluice.tensorflow.SavedModelDescription;
import dev.sluice.tensorflow.SavedModelDescription.MetaGraph;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What inspect prints. */
final class InspectReport {

  /** A body with more values is not for pasting: it is made where it is sent. */
  private static final long MOST_PASTED = 500;

  /** How the signatures begin by which a load finds what it has to run. */
  private static final String TENSORFLOWS_OWN = "__saved_model_";

  private final PrintStream out;
  private final ModelFolder folder;
  private final int port;

  InspectReport(PrintStream out, ModelFolder folder, int port) {
    this.out = out;
    this.folder = folder;
    this.port = port;
  }

  /**
   * Prints all of it; the newest version in full.
   *
   * @param given the folder as the user wrote it
   */
  void print(Path given) {
    ModelFolder.Version newest = folder.newest();
    SavedModelDescription description = SavedModelDescription.read(newest.directory());
    out.println(folder.name());
    versions();
    out.println();
    out.println("  " + newest.directory());
    sizes(newest.directory());
    for (MetaGraph graph : description.metaGraphs()) {
      graph(graph, given);
    }
  }

  private void versions() {
    for (ModelFolder.Version version : folder.versions()) {
      if (version.number().isPresent()) {
        out.printf(
            Locale.ROOT,
            "  version %d, %s%s%n",
            version.number().getAsLong(),
            DiskSize.text(DiskSize.bytes(version.directory())),
            version.equals(folder.newest()) && !folder.single() ? ", served by default" : "");
      }
    }
  }

  private void sizes(Path version) {
    out.printf(
        "  graph %s, variables %s, assets %s%n",
        DiskSize.text(DiskSize.bytes(version.resolve("saved_model.pb"))),
        DiskSize.text(DiskSize.bytes(version.resolve("variables"))),
        DiskSize.text(DiskSize.bytes(version.resolve("assets"))));
  }

  private void graph(MetaGraph graph, Path given) {
    String version = graph.tensorflowVersion();
    out.printf(
        "  written by TensorFlow %s; tags: %s%n",
        version.isEmpty() ? "of an unknown version" : version, String.join(", ", graph.tags()));
    List<Signature> signatures =
        graph.signatures().values().stream()
            .filter(signature -> !signature.name().startsWith(TENSORFLOWS_OWN))
            .toList();
    signatures.forEach(signature -> signature(signature, graph, given));
    if (signatures.isEmpty()) {
      out.println();
      out.println("  no signatures: nothing can be asked of it");
    }
  }

  private void signature(Signature signature, MetaGraph graph, Path given) {
    out.println();
    String method = signature.methodName();
    out.println("  " + signature.name() + (method.isEmpty() ? "" : " (" + method + ")"));
    for (TensorSpec input : signature.inputs()) {
      spec("input ", input, DeclaredType.ofInput(signature, input.name()));
    }
    for (TensorSpec output : signature.outputs()) {
      spec("output", output, DeclaredType.ofOutput(signature, output.name()));
    }
    ExampleRequest request = ExampleRequest.of(signature, graph);
    if (!request.problem().isEmpty()) {
      out.println("    no example request: " + request.problem());
      return;
    }
    String url = "http://localhost:" + port + target().path() + ":predict";
    if (request.elements() <= MOST_PASTED) {
      out.println("    curl -d " + quoted(request.body()) + " " + url);
    } else {
      String example = quoted("--example=" + signature.name());
      out.println("    ./sluice inspect " + quoted(given.toString()) + " " + example + " \\");
      out.println("      | curl -d @- " + url);
    }
  }

  private ModelTarget target() {
    return folder.single() && folder.newest().number().isPresent()
        ? new ModelTarget(folder.name(), folder.newest().number().getAsLong(), null)
        : ModelTarget.newest(folder.name());
  }

  /** For a shell: in single quotes unless nothing in it needs them. */
  static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./=:@%+,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  private void spec(String label, TensorSpec spec, DeclaredType type) {
    out.printf("    %s  %s: %s %s%n", label, spec.name(), type.label(), shape(spec));
  }

  private static String shape(TensorSpec spec) {
    List<Long> dimensions = spec.dimensions();
    if (dimensions == null) {
      return "of any shape";
    }
    return dimensions.isEmpty()
        ? "scalar"
        : dimensions.stream().map(size -> size < 0 ? "-1" : size.toString()).toList().toString();
  }
}
