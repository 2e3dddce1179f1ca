/**
 * The wire: TensorProto and JSON to tensors and back, with no I/O, no networks and no generated
 * classes.
 */
@NullMarked
package dev.sluice.protocol;

import org.jspecify.annotations.NullMarked;
