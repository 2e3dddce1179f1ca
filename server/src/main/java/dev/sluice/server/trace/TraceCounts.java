package dev.sluice.server.trace;

/**
 * What became of spans so far.
 *
 * @param sent that the collector took
 * @param failed that it did not take
 * @param dropped that were never sent, as too many waited already
 */
public record TraceCounts(long sent, long failed, long dropped) {}
