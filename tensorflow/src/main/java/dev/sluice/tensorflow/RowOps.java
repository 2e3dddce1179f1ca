package dev.sluice.tensorflow;

import static java.util.Map.entry;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The committed list of ops through which rows can be followed, each with its rule: {@code
 * row-wise-ops.txt} beside this class. Immutable.
 */
final class RowOps {

  /** For the ops that {@link RowWalk} follows itself. */
  static final String CONTROL = "control";

  /** For the ops without a rule of which it is known that they wait for nothing. */
  static final String COMPUTES = "computes";

  private static final Map<String, RowRule> RULES =
      Map.<String, RowRule>ofEntries(
          entry("same", ElementRules::same),
          entry("elementwise", ElementRules::elementwise),
          entry("with-parameters", ElementRules::withParameters),
          entry("select-by-row", ElementRules::selectByRow),
          entry("reduction", AxisRules::reduction),
          entry("argument", AxisRules::argument),
          entry("last-axis", AxisRules::lastAxis),
          entry("scan", AxisRules::scan),
          entry("axes", AxisRules::axes),
          entry("matrices", AxisRules::matrices),
          entry("roll", AxisRules::roll),
          entry("reverse-sequence", AxisRules::reverseSequence),
          entry("top-k", AxisRules::topK),
          entry("concat", AxisRules::concat),
          entry("concat-behind-axis", AxisRules::concatBehindAxis),
          entry("pack", AxisRules::pack),
          entry("unpack", AxisRules::unpack),
          entry("split", AxisRules::split),
          entry("split-by-sizes", AxisRules::splitBySizes),
          entry("one-hot", AxisRules::oneHot),
          entry("shape", ShapeRules::shape),
          entry("size", ShapeRules::size),
          entry("rank", ShapeRules::rank),
          entry("reshape", ShapeRules::reshape),
          entry("transpose", ShapeRules::transpose),
          entry("expand-dims", ShapeRules::expandDims),
          entry("squeeze", ShapeRules::squeeze),
          entry("ensure-shape", ShapeRules::ensureShape),
          entry("fill", ShapeRules::fill),
          entry("broadcast-to", ShapeRules::broadcastTo),
          entry("tile", ShapeRules::tile),
          entry("pad", ShapeRules::pad),
          entry("range", ShapeRules::range),
          entry("constants", ShapeRules::constants),
          entry("slice", SliceRules::slice),
          entry("strided-slice", SliceRules::stridedSlice),
          entry("gather", SliceRules::gather),
          entry("gather-of-variable", SliceRules::gatherOfVariable),
          entry("gather-by-places", SliceRules::gatherByPlaces),
          entry("product", ProductRules::matMul),
          entry("einsum", ProductRules::einsum),
          entry("bias-add", ProductRules::biasAdd),
          entry("batch-norm", ProductRules::batchNorm),
          entry("convolution", ImageRules::convolution),
          entry("depthwise", ImageRules::depthwise),
          entry("pool", ImageRules::pool),
          entry("transposed-convolution", ImageRules::transposedConvolution),
          entry("blocks", ImageRules::blocks),
          entry("resize", ImageRules::resize),
          entry("constant", StateRules::constant),
          entry("variable", StateRules::variable),
          entry("reference-variable", StateRules::referenceVariable),
          entry("read", StateRules::read),
          entry("table", StateRules::table),
          entry("find", StateRules::find),
          entry("table-size", StateRules::tableSize),
          entry("examples", StateRules::examples),
          entry("check", StateRules::check),
          entry("list-reserve", ListRules::reserve),
          entry("list-empty", ListRules::empty),
          entry("list-from-tensor", ListRules::fromTensor),
          entry("list-get", ListRules::get),
          entry("list-set", ListRules::set),
          entry("list-push", ListRules::pushBack),
          entry("list-pop", ListRules::popBack),
          entry("list-length", ListRules::length),
          entry("list-stack", ListRules::stack),
          entry("list-gather", ListRules::gather),
          entry("array", ListRules::array),
          entry("array-read", ListRules::arrayRead),
          entry("array-write", ListRules::arrayWrite),
          entry("array-scatter", ListRules::arrayScatter),
          entry("array-gather", ListRules::arrayGather),
          entry("array-size", ListRules::arraySize));

  /** The list that is committed. */
  static final RowOps LISTED = read();

  private final Map<String, RowRule> byOp;
  private final Set<String> controls;
  private final Set<String> computing;

  private RowOps(Map<String, RowRule> byOp, Set<String> controls, Set<String> computing) {
    this.byOp = Collections.unmodifiableMap(byOp);
    this.controls = controls;
    this.computing = computing;
  }

  private static RowOps read() {
    try (InputStream list = RowOps.class.getResourceAsStream("row-wise-ops.txt")) {
      if (list == null) {
        throw new IllegalStateException("row-wise-ops.txt is not on the class path");
      }
      return parse(new String(list.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  static RowOps parse(String list) {
    Map<String, RowRule> byOp = new HashMap<>();
    Set<String> controls = new HashSet<>();
    Set<String> computing = new HashSet<>();
    String rule = "";
    for (String line : list.lines().filter(line -> !line.startsWith("#")).toList()) {
      for (String word : List.of(line.strip().split("\\s+", -1))) {
        switch (word.endsWith(":") ? "" : word.isEmpty() ? "" : rule) {
          case "" -> rule = word.isEmpty() ? rule : word.substring(0, word.length() - 1);
          case CONTROL -> controls.add(word);
          case COMPUTES -> computing.add(word);
          default -> byOp.put(word, ruleOf(rule, word));
        }
      }
    }
    return new RowOps(byOp, controls, computing);
  }

  private static RowRule ruleOf(String rule, String op) {
    RowRule known = RULES.get(rule);
    if (known == null) {
      throw new IllegalArgumentException("no rule %s for op %s".formatted(rule, op));
    }
    return known;
  }

  /** The same list, but for one op. For tests that show what a wrong rule does. */
  RowOps with(String op, RowRule rule) {
    Map<String, RowRule> changed = new HashMap<>(byOp);
    changed.put(op, rule);
    return new RowOps(changed, controls, computing);
  }

  /** The rule for an op; null if it is not on the list, or followed by the walk itself. */
  @Nullable RowRule rule(String op) {
    return byOp.get(op);
  }

  /** Whether the walk follows an op itself: loops and branches. */
  boolean isControl(String op) {
    return controls.contains(op);
  }

  /** Whether all that an op does is to compute. */
  boolean justComputes(String op) {
    return byOp.containsKey(op) || controls.contains(op) || computing.contains(op);
  }

  /** Every op of the list. */
  Set<String> ops() {
    Set<String> all = new HashSet<>(byOp.keySet());
    all.addAll(controls);
    all.addAll(computing);
    return all;
  }
}
