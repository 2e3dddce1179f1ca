package dev.sluice.protocol;

import dev.sluice.model.Signature;

/**
 * Jazzer's way into the decoders of protobuf: the envelope with its tensors, in one array and in
 * pieces, a tensor alone, and requests over examples.
 */
public final class WireFuzzer {

  private WireFuzzer() {}

  /** Called with inputs that Jazzer makes up. */
  public static void fuzzerTestOneInput(byte[] input) {
    for (Signature signature : DecoderHarness.SIGNATURES) {
      DecoderHarness.decodesEnvelope(input, signature);
    }
    DecoderHarness.decodesTensor(input);
    DecoderHarness.decodesExamples(input);
  }
}
