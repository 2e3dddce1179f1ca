package dev.sluice.model;

/**
 * What an engine knows of the runs of a signature: whether requests may share one, and on which
 * threads one may be made.
 *
 * @param rowWise whether row i of each output depends on row i of each input and on nothing else of
 *     the request, rows being counted along the first axis of every input and output. Then the rows
 *     of several requests may be put together in one run. This is said of inputs that have the
 *     declared ranks and sizes, all with the same number of rows, at least one; and of requests
 *     whose inputs differ in no other size. False wherever it is not proven
 * @param neverWaits whether a run computes and does nothing else: no op waits for a time, a lock, a
 *     file or another run. Then what it costs depends on the sizes of its inputs alone, and it may
 *     be made by a thread that others wait for
 * @param reason in one sentence for people: what proved that it is row-wise, or what stood against
 *     it, by the name of the op
 */
public record RunTraits(boolean rowWise, boolean neverWaits, String reason) {

  /** What holds where an engine has looked at nothing. */
  public static final RunTraits UNKNOWN =
      new RunTraits(false, false, "the engine does not say what its runs are like");
}
