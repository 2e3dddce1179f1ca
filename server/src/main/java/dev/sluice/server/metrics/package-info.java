/** What a server counts and times, and the pages on which Prometheus reads it. */
@NullMarked
package dev.sluice.server.metrics;

import org.jspecify.annotations.NullMarked;
