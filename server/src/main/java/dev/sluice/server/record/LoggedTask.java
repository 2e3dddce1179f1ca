package dev.sluice.server.record;

import dev.sluice.server.InferenceMethod;

/**
 * One task of a request over examples.
 *
 * @param method what is asked
 * @param signature the name of the signature that ran
 */
public record LoggedTask(InferenceMethod method, String signature) {}
