/** A client for applications, {@link dev.sluice.client.SluiceClient}, over gRPC. */
@NullMarked
package dev.sluice.client;

import org.jspecify.annotations.NullMarked;
