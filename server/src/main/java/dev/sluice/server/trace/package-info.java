/** Traces of requests by OpenTelemetry: nothing of it is loaded unless it is asked for. */
@NullMarked
package dev.sluice.server.trace;

import org.jspecify.annotations.NullMarked;
