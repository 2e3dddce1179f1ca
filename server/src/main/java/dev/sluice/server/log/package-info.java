/** What the server says of itself: the log of its events, and that of its requests. */
@NullMarked
package dev.sluice.server.log;

import org.jspecify.annotations.NullMarked;
