package dev.sluice.server.rest;

import dev.sluice.server.ModelSelector;
import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.nio.charset.StandardCharsets;

/**
 * Jazzer's way into the router. It owes to every target an error of the client, or a route that the
 * method allows to a model that the target names.
 */
public final class RouteFuzzer {

  private static final String[] METHODS = {"GET", "POST", "DELETE"};

  private RouteFuzzer() {}

  /** Called with inputs that Jazzer makes up. */
  public static void fuzzerTestOneInput(byte[] input) {
    String target = new String(input, StandardCharsets.ISO_8859_1);
    Route.isWellFormed(target);
    Route.isApi(target);
    for (String method : METHODS) {
      route(method, target);
    }
  }

  private static void route(String method, String target) {
    try {
      Route route = Route.parse(method, target);
      require(Route.isApi(target + "/"), method, target);
      require(allows(method, route.verb()), method, target);
      require(isSound(route.model(), route.verb()), method, target);
    } catch (StatusException refused) {
      require(refused.code() == StatusCode.INVALID_ARGUMENT, method, target);
    }
  }

  private static boolean allows(String method, Route.Verb verb) {
    return switch (verb) {
      case PREDICT, CLASSIFY, REGRESS -> method.equals("POST");
      case STATUS, METADATA, MODELS -> method.equals("GET");
    };
  }

  private static boolean isSound(ModelSelector model, Route.Verb verb) {
    boolean oneChoice = model.version() == null || model.label() == null;
    boolean version = model.version() == null || model.version() >= 0;
    return oneChoice && version && model.name().isEmpty() == (verb == Route.Verb.MODELS);
  }

  private static void require(boolean kept, String method, String target) {
    if (!kept) {
      throw new AssertionError("duty broken for " + method + " " + target);
    }
  }
}
