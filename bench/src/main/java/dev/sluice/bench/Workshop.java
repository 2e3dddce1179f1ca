package dev.sluice.bench;

import dev.sluice.load.LoadPlan;
import dev.sluice.load.LoadResult;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where and with what rows work.
 *
 * @param home the checkout
 * @param models where models are made, once
 * @param libraries TensorFlow's
 * @param logs where processes print to
 * @param generator puts loads on servers
 * @param quick whether figures don't matter, so that nothing needs to get warm
 * @param progress gets a line for each step
 */
record Workshop(
    Path home,
    Path models,
    Path libraries,
    Path logs,
    Generator generator,
    boolean quick,
    Consumer<String> progress) {

  /** Puts a load on a server and waits until it is over. */
  @FunctionalInterface
  interface Generator {
    LoadResult run(LoadPlan plan) throws InterruptedException;
  }

  /** What starts a program in another JVM of this kind, with code of TensorFlow or Netty. */
  static List<String> java(String classPath, String program) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-cp",
        classPath,
        program);
  }

  /** The same for one of the bench. */
  static List<String> java(Class<?> program) {
    return java(System.getProperty("java.class.path"), program.getName());
  }
}
