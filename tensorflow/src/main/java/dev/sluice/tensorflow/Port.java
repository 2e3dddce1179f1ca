package dev.sluice.tensorflow;

/**
 * One output of a node.
 *
 * @param node the node's name
 * @param index which of its outputs, from 0
 */
record Port(String node, int index) {

  /**
   * Reads what graphs and signatures call a tensor: {@code node:index}, or {@code node} for the
   * first. The index of what is no tensor's name is -1.
   */
  static Port parse(String tensor) {
    int colon = tensor.lastIndexOf(':');
    return colon < 0
        ? new Port(tensor, 0)
        : new Port(tensor.substring(0, colon), number(tensor.substring(colon + 1)));
  }

  static int number(String digits) {
    try {
      return Integer.parseUnsignedInt(digits);
    } catch (NumberFormatException notANumber) {
      return -1;
    }
  }

  @Override
  public String toString() {
    return node + ":" + index;
  }
}
