package dev.sluice.server.config;

/**
 * How many threads a TensorFlow session works with.
 *
 * @param intraOp threads inside one op; 0 for automatic
 * @param interOp ops that run at once; 0 for automatic
 */
public record SessionThreads(long intraOp, long interOp) {}
