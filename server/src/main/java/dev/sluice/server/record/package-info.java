/** Requests on disk: those that warm a version up, and those that were logged. */
@NullMarked
package dev.sluice.server.record;

import org.jspecify.annotations.NullMarked;
