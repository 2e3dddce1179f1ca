package dev.sluice.client;

import dev.sluice.proto.serving.ExampleList;
import dev.sluice.proto.serving.ExampleListWithContext;
import dev.sluice.proto.serving.Input;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The examples of a classify, regress or multi-inference call.
 *
 * @param examples at least one, else servers refuse the call; immutable
 * @param context features that belong to every example, of which an example's own win; null for
 *     none
 */
public record ExampleBatch(List<Example> examples, @Nullable Example context) {

  public ExampleBatch {
    examples = List.copyOf(examples);
  }

  /** Without a context. */
  public static ExampleBatch of(Example... examples) {
    return new ExampleBatch(List.of(examples), null);
  }

  /** Without a context. */
  public static ExampleBatch of(List<Example> examples) {
    return new ExampleBatch(examples, null);
  }

  /** The same with features that belong to every example. */
  public ExampleBatch withContext(Example shared) {
    return new ExampleBatch(examples, shared);
  }

  Input message() {
    List<dev.sluice.proto.tensorflow.Example> messages =
        examples.stream().map(Example::message).toList();
    Input.Builder input = Input.newBuilder();
    if (context == null) {
      input.setExampleList(ExampleList.newBuilder().addAllExamples(messages));
    } else {
      input.setExampleListWithContext(
          ExampleListWithContext.newBuilder()
              .addAllExamples(messages)
              .setContext(context.message()));
    }
    return input.build();
  }
}
