package dev.sluice.server.rest;

import dev.sluice.server.Decoders;
import dev.sluice.server.metrics.MetricsPages;
import dev.sluice.status.Status;
import dev.sluice.status.StatusException;
import java.util.Optional;
import java.util.function.Consumer;

/** The pages of metrics over HTTP; a query is left out. Thread-safe. */
final class ScrapePages implements AdminApi.Page {

  private final MetricsPages pages;

  /** Whether one of them is where the API has its paths. */
  private final boolean belowApi;

  ScrapePages(MetricsPages pages) {
    this.pages = pages;
    String reference = pages.referencePath();
    this.belowApi = reference != null && Route.isApi(reference);
  }

  /** True iff a target is one of these; costs next to nothing for one of the API. */
  boolean isAsked(String target) {
    return (belowApi || !Route.isApi(target)) && pages.covers(Route.withoutQuery(target));
  }

  @Override
  public String path() {
    return pages.paths();
  }

  /** True iff a path, without query, is one of these. */
  boolean covers(String path) {
    return pages.covers(path);
  }

  @Override
  public Optional<Response> answer(String path) {
    return pages.covers(path) ? Optional.of(page(path)) : Optional.empty();
  }

  private Response page(String path) {
    MetricsPages.Page page = pages.page(path);
    return Response.text(page.contentType(), page.text());
  }

  /** Has the page of a path that is covered written where no event loop waits for it. */
  void answer(String path, Decoders decoders, Consumer<Response> client) {
    elsewhere(decoders, () -> client.accept(pageOrError(path)));
  }

  private Response pageOrError(String path) {
    try {
      return page(path);
    } catch (RuntimeException | Error failure) {
      return Response.error(Status.of(failure));
    }
  }

  /** Does something on a decoder's thread, or here where none is to be had. */
  static void elsewhere(Decoders decoders, Runnable work) {
    try {
      decoders.execute(work);
    } catch (StatusException full) {
      work.run();
    }
  }
}
