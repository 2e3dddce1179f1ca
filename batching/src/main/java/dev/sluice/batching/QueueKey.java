package dev.sluice.batching;

import dev.sluice.model.Model;
import java.util.List;

/**
 * What tasks must have in common to share a run: the model, and the tensors that go in and come out
 * by the names that the engine has for them. So requests of two signatures may share one, and two
 * of a signature that ask for different outputs do not.
 *
 * @param inputs sorted, each as often as the signature has it
 * @param outputs sorted, each once
 */
record QueueKey(Model model, List<String> inputs, List<String> outputs) {}
