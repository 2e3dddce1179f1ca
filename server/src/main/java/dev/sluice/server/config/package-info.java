/** The command line and the model config file: what the server is told at its start. */
@NullMarked
package dev.sluice.server.config;

import org.jspecify.annotations.NullMarked;
