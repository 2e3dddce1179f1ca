/** The verbs of the launcher other than serve: try a model, look into one, run the tutorial. */
@NullMarked
package dev.sluice.cli;

import org.jspecify.annotations.NullMarked;
