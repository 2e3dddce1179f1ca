/** The server: start, stop, and the one protocol-neutral way of a request. */
@NullMarked
package dev.sluice.server;

import org.jspecify.annotations.NullMarked;
