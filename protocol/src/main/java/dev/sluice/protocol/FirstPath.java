package dev.sluice.protocol;

import dev.sluice.model.Shape;
import java.util.Arrays;

/**
 * The sizes of the lists met on the way down the first elements of a value: what a tensor's shape
 * is inferred from. Follows a scan; a list's size is known when it ends.
 */
final class FirstPath {

  /** One more than a tensor may have is enough to be refused. */
  static final int MAX_RANK = Shape.MAX_RANK + 1;

  private int[] sizes = {};
  private int rank;
  private int base;
  private int innermost;
  private boolean growing;

  /** Begins anew with a value inside a container of this depth. */
  void begin(int depth) {
    base = depth;
    innermost = depth;
    rank = 0;
    growing = true;
  }

  /** True until something that is not a first list has been met. */
  boolean isGrowing() {
    return growing;
  }

  /** The depth of the innermost list on the path that has not ended. */
  int innermost() {
    return innermost;
  }

  int rank() {
    return rank;
  }

  /** A list begins as the next one down. */
  void listBegins() {
    if (rank == MAX_RANK) {
      growing = false;
      return;
    }
    if (rank == sizes.length) {
      sizes = Arrays.copyOf(sizes, rank + 4);
    }
    sizes[rank++] = 0;
    innermost++;
  }

  /** The whole value has been read, and this is what was found. */
  void end(int[] found) {
    sizes = found;
    rank = found.length;
    growing = false;
  }

  /** Something else than a list begins: here the path ends. */
  void stop() {
    growing = false;
  }

  /** True iff the container of this depth is a list on the path. */
  boolean contains(int depth) {
    return depth > base && depth <= innermost;
  }

  void elements(int depth, int more) {
    sizes[depth - base - 1] += more;
  }

  void listEnds() {
    growing = false;
    innermost--;
  }

  int[] sizes() {
    return Arrays.copyOf(sizes, rank);
  }
}
