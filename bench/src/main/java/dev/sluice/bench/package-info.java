/** Measurements: the hot code against its rivals. */
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
