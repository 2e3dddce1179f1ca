/** Trains the model of the Boston housing tutorial, in a process of its own. */
@NullMarked
package dev.sluice.examples.boston;

import org.jspecify.annotations.NullMarked;
