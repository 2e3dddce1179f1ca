package dev.sluice.protocol;

import dev.sluice.model.Signature;

/** Jazzer's way into the JSON decoder. */
public final class JsonFuzzer {

  private JsonFuzzer() {}

  /** Called with inputs that Jazzer makes up. */
  public static void fuzzerTestOneInput(byte[] input) {
    for (Signature signature : DecoderHarness.SIGNATURES) {
      DecoderHarness.decodesJson(input, signature);
    }
  }
}
