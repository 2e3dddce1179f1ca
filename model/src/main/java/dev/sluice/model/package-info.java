/** What an engine offers to the server: tensors, signatures and a blocking run. */
@NullMarked
package dev.sluice.model;

import org.jspecify.annotations.NullMarked;
