/** The load generator for REST and gRPC, {@link dev.sluice.load.LoadGenerator}. */
@NullMarked
package dev.sluice.load;

import org.jspecify.annotations.NullMarked;
