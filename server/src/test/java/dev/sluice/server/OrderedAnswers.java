package dev.sluice.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Value;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What may be said by a model whose answers are not the same twice: what some order of lone runs
 * could have said. Thread-safe.
 */
abstract class OrderedAnswers {

  /** The rule of one of the models of ours that keep a state; null for all others. */
  static @Nullable OrderedAnswers of(String model) {
    return switch (model) {
      case "run_count" -> new RunCount();
      case "noise" -> new Noise();
      case "table_write" -> new TableWrite();
      default -> null;
    };
  }

  /** Called before a request is sent: what its answer may be. */
  abstract Predicate<Value> expect(Value inputs);

  /** Checks all answers together, as many as were asked for. */
  abstract void check(long asked);

  private static List<Double> numbers(Value value) {
    return value.hasListValue()
        ? value.getListValue().getValuesList().stream().flatMap(v -> numbers(v).stream()).toList()
        : List.of(value.getNumberValue());
  }

  /**
   * Every element is how many runs were made. The model adds and then reads, so of two runs at once
   * both may read what the later one left; whoever reads after the last addition reads the number
   * of all runs, and that is the number of requests only if none shared one.
   */
  private static final class RunCount extends OrderedAnswers {
    private final Queue<Double> seen = new ConcurrentLinkedQueue<>();

    @Override
    Predicate<Value> expect(Value inputs) {
      int before = seen.size();
      return answer -> {
        List<Double> counts = numbers(answer);
        seen.add(counts.getFirst());
        return counts.size() == numbers(inputs).size()
            && counts.stream().distinct().count() == 1
            && counts.getFirst() > before;
      };
    }

    @Override
    void check(long asked) {
      assertThat(seen).hasSize((int) asked);
      assertThat(Collections.max(seen)).as("runs made").isEqualTo(asked);
    }
  }

  /** Every element has something from 0 to 1 added, and no two requests the same. */
  private static final class Noise extends OrderedAnswers {
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    @Override
    Predicate<Value> expect(Value inputs) {
      return answer -> accepts(inputs, answer);
    }

    private boolean accepts(Value inputs, Value answer) {
      List<Double> before = numbers(inputs);
      List<Double> after = numbers(answer);
      boolean good = before.size() == after.size();
      StringBuilder added = new StringBuilder();
      for (int i = 0; good && i < before.size(); i++) {
        double noise = after.get(i) - before.get(i);
        good = noise > -1e-5 && noise < 1 + 1e-5;
        added.append(Math.round(noise * 1e4)).append(' ');
      }
      return good && seen.add(added.toString());
    }

    @Override
    void check(long asked) {
      assertThat(seen).hasSize((int) asked);
    }
  }

  /** A word is unknown or has its length; what is known stays known. */
  private static final class TableWrite extends OrderedAnswers {
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    @Override
    Predicate<Value> expect(Value inputs) {
      List<String> words =
          inputs.getListValue().getValuesList().stream().map(Value::getStringValue).toList();
      Set<String> must = words.stream().filter(known::contains).collect(Collectors.toSet());
      return answer -> {
        List<Double> before = numbers(answer);
        boolean good = words.size() == before.size() && agree(words, before);
        for (int i = 0; good && i < words.size(); i++) {
          good = may(words.get(i), before.get(i), must);
        }
        known.addAll(words);
        return good;
      };
    }

    private static boolean may(String word, double before, Set<String> must) {
      return before == word.getBytes(UTF_8).length || before == -1 && !must.contains(word);
    }

    /** Of one run, a word has one answer. */
    private static boolean agree(List<String> words, List<Double> before) {
      for (int i = 0; i < words.size(); i++) {
        if (!before.get(words.indexOf(words.get(i))).equals(before.get(i))) {
          return false;
        }
      }
      return true;
    }

    @Override
    void check(long asked) {
      assertThat(known).hasSizeGreaterThan(5);
    }
  }
}
