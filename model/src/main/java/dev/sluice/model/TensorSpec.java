package dev.sluice.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a signature says of one input or output. It is a declaration: servers do not enforce the
 * shape, engines check the type when they run.
 *
 * @param name the alias in the signature, which requests use
 * @param engineName what the engine calls it; in TensorFlow {@code operation:index}
 * @param dataType the element type; null where the signature declares none that is known here
 * @param dimensions the sizes, -1 for any; null if even the rank is open
 */
public record TensorSpec(
    String name, String engineName, @Nullable DataType dataType, @Nullable List<Long> dimensions) {}
