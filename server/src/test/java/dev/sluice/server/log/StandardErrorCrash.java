package dev.sluice.server.log;

import java.io.PrintStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;

/** A program that ends as TensorFlow does where it finds itself broken: a line, and an abort. */
final class StandardErrorCrash {

  static final String LAST_WORDS =
      "2026-11-23 07:00:00.123456: F tensorflow/core/x.cc:12] Check failed: a == b";

  private StandardErrorCrash() {}

  public static void main(String[] arguments) throws Throwable {
    PrintStream descriptor = System.err;
    ServerLog.install();
    ServerLog.configure(LogFormat.JSON, LogLevel.INFO);
    descriptor.println("none of TensorFlow's");
    int _ = System.in.read(); // until somebody has seen that the first line is there
    descriptor.println(LAST_WORDS);
    Linker linker = Linker.nativeLinker();
    linker
        .downcallHandle(linker.defaultLookup().findOrThrow("abort"), FunctionDescriptor.ofVoid())
        .invokeExact();
  }
}
