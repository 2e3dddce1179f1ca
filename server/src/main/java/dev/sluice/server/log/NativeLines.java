package dev.sluice.server.log;

import dev.sluice.tensorflow.StandardError;
import java.io.ByteArrayOutputStream;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;

/**
 * What native code writes to standard error, most of all TensorFlow, as events of the log: a line
 * each. One thread, which ends when standard error is given back.
 */
final class NativeLines {

  private static final Logger LOG = System.getLogger(NativeLines.class.getName());

  /** A line without an end is cut after so many bytes. */
  private static final int LONGEST = 64 * 1024;

  private static final long AT_END_MILLIS = 1000;

  private final StandardError source;
  private final Thread thread;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  private NativeLines(StandardError source) {
    this.source = source;
    this.thread = Thread.ofPlatform().daemon().name("sluice-stderr").unstarted(this::read);
  }

  /** Begins to read. */
  static NativeLines of(StandardError source) {
    NativeLines lines = new NativeLines(source);
    lines.thread.start();
    return lines;
  }

  private void read() {
    for (byte[] bytes = source.read(); bytes.length > 0; bytes = source.read()) {
      for (byte b : bytes) {
        if (b == '\n' || line.size() >= LONGEST) {
          tell();
        }
        if (b != '\n') {
          line.write(b);
        }
      }
    }
    tell();
  }

  private void tell() {
    if (line.size() > 0) {
      NativeLine told = NativeLine.of(line.toString(StandardCharsets.UTF_8));
      line.reset();
      told.event().log(LOG, told.level().system());
    }
  }

  /** Gives standard error back, once what came before has been told. */
  void end() {
    source.close();
    try {
      thread.join(AT_END_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
