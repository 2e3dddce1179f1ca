package dev.sluice.server.config;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;

/** How much memory this process may have: its container's limit, or what the machine has. */
final class MemoryLimit {

  private static final long UNKNOWN = 4L << 30;

  private MemoryLimit() {}

  /** In bytes; four GiB where nobody knows. */
  static long bytes() {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    return system instanceof com.sun.management.OperatingSystemMXBean known
        ? known.getTotalMemorySize()
        : UNKNOWN;
  }
}
