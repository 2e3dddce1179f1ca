/** Canonical status codes and the one exception family that carries them. */
@NullMarked
package dev.sluice.status;

import org.jspecify.annotations.NullMarked;
