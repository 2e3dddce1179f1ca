package dev.sluice.core;

/**
 * A version that was found and is not handed on yet, since it is not complete.
 *
 * @param id which one
 * @param overdue whether it has been held back for longer than the patience, so that nobody should
 *     wait for it who has anything else to do
 */
public record HeldVersion(ServableId id, boolean overdue) {}
