/**
 * Echo servers: what the network stack alone costs on a machine. Figures of Sluice are held against
 * them, so they are frozen.
 */
@NullMarked
package dev.sluice.bench.rival;

import org.jspecify.annotations.NullMarked;
