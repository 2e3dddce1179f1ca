/** The gRPC services; a thin adapter to {@link dev.sluice.server.Inference}. */
@NullMarked
package dev.sluice.server.grpc;

import org.jspecify.annotations.NullMarked;
