package dev.sluice.protocol;

/**
 * Reads a value of a shape that is expected. Only says yes or no: a value that does not fit is read
 * once more by {@link ValueCheck}, which finds the words.
 */
final class NestedLists {

  private NestedLists() {}

  /**
   * Reads one value into the buffer; the cursor is then behind it.
   *
   * @param sizes of the nested lists, outermost first; empty for a bare element
   * @return false if the value has another shape or an element does not convert; the cursor is then
   *     somewhere inside it
   */
  static boolean read(JsonCursor in, int[] sizes, ElementBuffer out) {
    int outer = sizes.length - 2;
    if (outer < 0) {
      return sizes.length == 0 ? out.read(in) : out.readLists(in, 1, sizes[0]);
    }
    int[] left = new int[outer + 1];
    int level = 0;
    while (true) {
      // A list of this level begins.
      if (!in.take('[')) {
        return false;
      }
      left[level] = sizes[level];
      if (level < outer && left[level] > 0) {
        level++;
        continue;
      }
      if (left[level] > 0 && !out.readLists(in, left[level], sizes[outer + 1])) {
        return false;
      }
      if (!in.take(']')) {
        return false;
      }
      level = afterList(in, left, level);
      if (level <= 0) {
        return level == 0;
      }
    }
  }

  /**
   * Ends the lists that end here; the level of the next list, 0 behind the last, -1 if none fits.
   */
  private static int afterList(JsonCursor in, int[] left, int ended) {
    for (int level = ended - 1; level >= 0; level--) {
      if (--left[level] > 0) {
        return in.take(',') ? level + 1 : -1;
      }
      if (!in.take(']')) {
        return -1;
      }
    }
    return 0;
  }
}
