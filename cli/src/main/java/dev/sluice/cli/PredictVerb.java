package dev.sluice.cli;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends one request and prints the answer. */
@Command(
    name = "predict",
    sortOptions = false,
    customSynopsis = "sluice predict MODEL [FILE] [OPTION...]",
    description = {
      "Send one predict request to a running server and print the answer.",
      "",
      "The request is JSON: {\"instances\": ...} or {\"inputs\": ...}, or just a list of"
          + " rows, or one row. Over gRPC the same JSON becomes tensors, and the answer is the"
          + " same text.",
      ""
    },
    footer = {
      "",
      "Exit code: 0 with an answer, 1 if the server refused or can't be reached,",
      "2 for a wrong command line.",
      "",
      "For example:",
      "  echo '[1.0, 2.0]' | ./sluice predict half_plus_two",
      "  ./sluice predict boston_model data.json --grpc --version=2"
    })
final class PredictVerb implements Callable<Integer> {

  private static final int REST_PORT = 8501;
  private static final int GRPC_PORT = 8500;
  private static final String STANDARD_INPUT = "-";

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "MODEL", description = "The model's name.")
  private String model = "";

  @Parameters(
      index = "1",
      paramLabel = "FILE",
      arity = "0..1",
      description = "File with the request; - or none for standard input.")
  private String file = STANDARD_INPUT;

  @ArgGroup(exclusive = true)
  private @Nullable Version version;

  /** At most one of both. */
  private static final class Version {
    @Option(
        names = "--version",
        paramLabel = "N",
        description = "Ask this version, not the newest one.")
    private @Nullable Long number;

    @Option(names = "--label", paramLabel = "L", description = "Ask the version with this label.")
    private @Nullable String label;
  }

  @Option(
      names = "--signature",
      paramLabel = "S",
      description = "Ask this signature, not serving_default.")
  private String signature = "";

  @Option(names = "--grpc", description = "Ask over gRPC, not over REST.")
  private boolean grpc;

  @Option(names = "--host", paramLabel = "H", description = "The server's host (127.0.0.1).")
  private String host = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "The server's port (8501 for REST, 8500 for gRPC).")
  private @Nullable Integer port;

  @Option(names = "--timeout", paramLabel = "S", description = "Seconds to wait (60).")
  private double timeout = 60;

  PredictVerb(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ModelTarget target = target();
    Endpoint endpoint = endpoint();
    byte[] typed = read();
    try (PredictClient client = grpc ? new GrpcClient(endpoint) : new RestClient(endpoint)) {
      byte[] body = RequestBody.of(typed, signature, () -> client.signature(target, signature));
      byte[] answer = client.predict(target, body);
      console.out().write(answer, 0, answer.length);
      console.out().println();
    }
    return 0;
  }

  private ModelTarget target() {
    Long number = version == null ? null : version.number;
    if (model.isEmpty()) {
      throw wrong("MODEL is empty, expected a model's name");
    }
    if (number != null && number < 0) {
      throw wrong("--version is " + number + ", expected 0 or more");
    }
    return new ModelTarget(model, number, version == null ? null : version.label);
  }

  private Endpoint endpoint() {
    int given = port == null ? (grpc ? GRPC_PORT : REST_PORT) : port;
    return Endpoint.of(spec.commandLine(), host, given, timeout);
  }

  private CommandLine.ParameterException wrong(String what) {
    return new CommandLine.ParameterException(spec.commandLine(), what);
  }

  private byte[] read() {
    try {
      if (file.equals(STANDARD_INPUT)) {
        return console.in().readAllBytes();
      }
      return Files.readAllBytes(Path.of(file));
    } catch (NoSuchFileException missing) {
      throw wrong("no file " + file + ", expected one with the request");
    } catch (IOException failure) {
      throw new StatusException(
          StatusCode.PERMISSION_DENIED, "cannot read the request: " + failure, failure);
    }
  }
}
