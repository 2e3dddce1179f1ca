/** How requests become runs: {@link Call} and {@link RunScheduler}. */
@NullMarked
package dev.sluice.batching;

import org.jspecify.annotations.NullMarked;
