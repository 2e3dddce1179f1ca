/** What asks a server: for now the load generator, {@link dev.sluice.client.LoadGenerator}. */
@NullMarked
package dev.sluice.client;

import org.jspecify.annotations.NullMarked;
