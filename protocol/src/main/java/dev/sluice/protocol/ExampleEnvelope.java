package dev.sluice.protocol;

/**
 * A Classify or Regress request, whose messages have the same fields.
 *
 * @param model whom it asks
 * @param examples its input, which may be empty
 */
public record ExampleEnvelope(RequestedModel model, ExampleBatch examples) {}
