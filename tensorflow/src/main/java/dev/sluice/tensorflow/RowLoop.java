package dev.sluice.tensorflow;

import dev.sluice.tensorflow.Flow.Counter;
import dev.sluice.tensorflow.Flow.Coupled;
import dev.sluice.tensorflow.Flow.Filling;
import dev.sluice.tensorflow.Flow.RowList;
import dev.sluice.tensorflow.Flow.Shaped;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@code While} that goes over lists with an item for each row, as {@code tf.map_fn} makes it:
 * round i takes the items of row i and puts what comes of them into lists at i.
 *
 * <p>What is proven is that there is one round for each item, from the first to the last; that each
 * round sees of the rows only the items at its own place, and not which place that is; and that
 * what goes from one round to the next is nothing but the counters and the lists that fill up. Then
 * a list that got its item in each round has, for each row, what depends on this row alone. The
 * variables of the loop are each of one kind, told by what a round makes of them:
 *
 * <ul>
 *   <li>one that a round gives on as it came is the same in all of them;
 *   <li>one that begins at 0 and grows by 1 is the counter; there may be several;
 *   <li>a list without items that gets one, at the counter, fills up;
 *   <li>anything else is carried from row to row, so it is {@link Coupled}, and so is what it
 *       reaches.
 * </ul>
 *
 * <p>Used by one thread.
 */
final class RowLoop {

  /** Walks the condition or the body. */
  @FunctionalInterface
  interface Walk {

    List<Flow> results(List<Flow> variables);
  }

  private final OpView op;
  private final FlatGraph body;
  private final Size length;

  /** What each variable is inside of the loop. */
  private final List<Flow> variables = new ArrayList<>();

  private RowLoop(OpView op, FlatGraph body, Size length) {
    this.op = op;
    this.body = body;
    this.length = length;
    for (int i = 0; i < op.inputs().size(); i++) {
      variables.add(atFirst(i));
    }
  }

  /**
   * The loop, if it may be one over rows.
   *
   * @return null if it takes no list of the rows, or goes on inside of another such loop and takes
   *     what belongs to one row there: then each of its rounds would see two rows
   */
  static @Nullable RowLoop of(OpView op, FlatGraph body) {
    if (op.inputs().stream().anyMatch(ItemRules::isOfLoop)) {
      return null;
    }
    for (Flow input : op.inputs()) {
      if (input instanceof RowList list) {
        return new RowLoop(op, body, list.length());
      }
    }
    return null;
  }

  private Flow atFirst(int variable) {
    Flow initial = op.inputs().get(variable);
    if (isKept(variable)) {
      return initial;
    }
    if (initial instanceof Shaped shaped && ItemRules.isScalar(shaped, Size.of(0))) {
      return new Counter(length, Counter.Kind.HERE);
    }
    return initial.equals(new RowList(length, false))
        ? new Filling(variable, length, false)
        : carried(initial);
  }

  /** Whether a round gives a variable on as it came. */
  private boolean isKept(int variable) {
    Port end = body.fetches().get(variable);
    for (int most = body.nodes().size(); most > 0; most--) {
      Node node = body.node(end.node());
      if (node != null && node.op().equals("Identity")) {
        end = node.inputs().get(0);
      }
    }
    return end.equals(body.feeds().get(variable));
  }

  private Flow carried(Flow what) {
    return what instanceof Coupled
        ? what
        : new Coupled(op.mixes("carries something from row to row").cause());
  }

  /**
   * What the loop gives.
   *
   * @return null if it does not go on for as long as there are rows, and no longer
   */
  @Nullable List<Flow> results(Walk condition, Walk round) {
    boolean changed = true; // a variable that turned out to be carried may reach others
    while (changed) {
      changed = isChangedBy(round.results(List.copyOf(variables)));
    }
    Flow goesOn = condition.results(List.copyOf(variables)).get(0);
    return goesOn.equals(new Counter(length, Counter.Kind.GOES_ON)) ? afterwards() : null;
  }

  /** Notes which variables a round does not leave as they have to be. */
  private boolean isChangedBy(List<Flow> results) {
    boolean changed = false;
    for (int i = 0; i < variables.size(); i++) {
      Flow variable = variables.get(i);
      boolean expected =
          isKept(i)
              || switch (variable) {
                case Counter _ -> results.get(i).equals(new Counter(length, Counter.Kind.NEXT));
                case Filling _ -> results.get(i).equals(new Filling(i, length, true));
                default -> true;
              };
      if (!expected) {
        variables.set(i, carried(results.get(i)));
        changed = true;
      }
    }
    return changed;
  }

  private List<Flow> afterwards() {
    return variables.stream()
        .map(variable ->
            switch (variable) {
              case Counter _ -> Shaped.scalar(length);
              case Filling _ -> new RowList(length, true);
              default -> variable;
            })
        .toList();
  }
}
