/**
 * TensorFlow through its C API: a SavedModel directory becomes a {@link dev.sluice.model.Model}.
 *
 * <p>Nothing outside this package sees a native pointer. {@code CApi} is the only class that calls
 * native code; {@code RATIONALE.md} of the module says why it is so.
 */
@NullMarked
package dev.sluice.tensorflow;

import org.jspecify.annotations.NullMarked;
