/** The REST API over Netty; a thin adapter to {@link dev.sluice.server.Inference}. */
@NullMarked
package dev.sluice.server.rest;

import org.jspecify.annotations.NullMarked;
