package dev.sluice.server.rest;

import dev.sluice.batching.Call;
import dev.sluice.server.Decoders;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of the admin port: each goes to the page that knows its path, which writes
 * what it has to say where no event loop waits for it. Thread-safe.
 */
final class AdminApi implements Api {

  /**
   * Something to be had by GET, its headers by HEAD, and some of it changed by PUT. Thread-safe.
   */
  interface Page {

    /** What its path looks like, for people. */
    String path();

    /**
     * Answers a path; empty if it is none of this page's.
     *
     * @param path without query, well formed and not decoded
     * @throws StatusException why there is nothing to show
     */
    Optional<Response> answer(String path);

    /**
     * Changes what is there; empty if the path is none of this page's, or there is nothing to
     * change.
     *
     * @throws StatusException why the body is refused; then nothing has changed
     */
    default Optional<Response> put(String path, byte[] body) {
      return Optional.empty();
    }
  }

  private static final String PUT = "PUT";

  private final Decoders decoders;
  private final List<Page> pages;

  AdminApi(Decoders decoders, Page... pages) {
    this.decoders = decoders;
    this.pages = List.of(pages);
  }

  @Override
  public boolean covers(String target) {
    return true; // whatever is not there gets an error object that says what is
  }

  @Override
  public void check(String method, String target) {
    if (!method.equals("GET") && !method.equals("HEAD") && !method.equals(PUT)) {
      throw onlyGet(method);
    }
  }

  @Override
  public @Nullable Call handle(Request request, Consumer<Response> answer) {
    ScrapePages.elsewhere(decoders, () -> answer.accept(response(request)));
    return null;
  }

  private Response response(Request request) {
    try {
      check(request.method(), request.target());
      String path = Route.withoutQuery(request.target());
      return request.method().equals(PUT) ? put(path, request.body()) : shown(path);
    } catch (RuntimeException | Error failure) {
      return Response.error(Status.of(failure));
    }
  }

  private Response shown(String path) {
    return pages.stream()
        .map(page -> page.answer(path))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> unknown(path));
  }

  private Response put(String path, byte[] body) {
    return pages.stream()
        .map(page -> page.put(path, body))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> onlyGet(PUT));
  }

  private static StatusException onlyGet(String method) {
    return StatusException.invalidArgument("%s is not possible here, only GET is", method);
  }

  private StatusException unknown(String path) {
    String known =
        pages.stream()
            .map(Page::path)
            .filter(there -> !there.isEmpty())
            .collect(Collectors.joining(", "));
    return StatusException.notFound("There is no %s; there is %s", path, known);
  }
}
