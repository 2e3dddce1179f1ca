package dev.sluice.server.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.sluice.server.metrics.Family.Kind;
import dev.sluice.server.metrics.Family.Sample;
import dev.sluice.server.metrics.Family.Value;
import dev.sluice.tensorflow.NativeObjects;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What we tell of the process: memory on the heap and off it, collections, threads, CPU time. The
 * names are those that Prometheus's own libraries have for them.
 */
final class ProcessFamilies {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";
  private static final double NANOS = 1e9;
  private static final double MILLIS = 1e3;

  private ProcessFamilies() {}

  static List<Family> now() {
    List<Family> families = new ArrayList<>(memory());
    families.addAll(collections());
    families.add(
        new Family(
            "sluice_tensorflow_objects",
            Kind.GAUGE,
            "Native objects of TensorFlow that are open.",
            List.of("kind"),
            nativeObjects()));
    families.addAll(process());
    return families;
  }

  private static List<Family> memory() {
    return List.of(
        memory("jvm_memory_used_bytes", "Bytes in use, by area.", MemoryUsage::getUsed),
        memory(
            "jvm_memory_committed_bytes", "Bytes set aside, by area.", MemoryUsage::getCommitted),
        memory(
            "jvm_memory_max_bytes",
            "Most bytes there may be, by area; -1 for any.",
            MemoryUsage::getMax),
        single(
            "sluice_direct_memory_bytes",
            Kind.GAUGE,
            "Memory off the heap that holds requests and answers for the network.",
            directBytes()));
  }

  private static Family memory(String name, String help, ToDoubleFunction<MemoryUsage> number) {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    return new Family(
        name,
        Kind.GAUGE,
        help,
        List.of("area"),
        List.of(
            new Value(List.of("heap"), number.applyAsDouble(memory.getHeapMemoryUsage())),
            new Value(List.of("nonheap"), number.applyAsDouble(memory.getNonHeapMemoryUsage()))));
  }

  private static long directBytes() {
    return ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator
        ? allocator.metric().usedDirectMemory()
        : 0;
  }

  private static List<Family> collections() {
    List<Sample> counts = new ArrayList<>();
    List<Sample> seconds = new ArrayList<>();
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      List<String> labels = List.of(collector.getName());
      counts.add(new Value(labels, collector.getCollectionCount()));
      seconds.add(new Value(labels, collector.getCollectionTime() / MILLIS));
    }
    List<String> label = List.of("gc");
    return List.of(
        new Family(
            "jvm_gc_collections_total", Kind.COUNTER, "Collections, by collector.", label, counts),
        new Family(
            "jvm_gc_seconds_total",
            Kind.COUNTER,
            "Time in collections, by collector.",
            label,
            seconds));
  }

  private static List<Sample> nativeObjects() {
    List<Sample> samples = new ArrayList<>();
    NativeObjects.open()
        .forEach((kind, count) ->
            samples.add(new Value(List.of(kind.name().toLowerCase(Locale.ROOT)), count)));
    return samples;
  }

  private static List<Family> process() {
    List<Family> families = new ArrayList<>();
    families.add(
        single(
            "jvm_threads_current",
            Kind.GAUGE,
            "Threads of the JVM.",
            ManagementFactory.getThreadMXBean().getThreadCount()));
    families.add(
        single(
            "process_start_time_seconds",
            Kind.GAUGE,
            "When the process began, in seconds since 1970.",
            ManagementFactory.getRuntimeMXBean().getStartTime() / MILLIS));
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      families.add(
          single(
              "process_cpu_seconds_total",
              Kind.COUNTER,
              "CPU time of the process.",
              system.getProcessCpuTime() / NANOS));
      families.add(
          single(
              "process_open_fds",
              Kind.GAUGE,
              "File descriptors that are open.",
              system.getOpenFileDescriptorCount()));
      families.add(
          single(
              "process_max_fds",
              Kind.GAUGE,
              "File descriptors there may be.",
              system.getMaxFileDescriptorCount()));
    }
    long resident = residentBytes();
    if (resident > 0) {
      families.add(
          single(
              "process_resident_memory_bytes",
              Kind.GAUGE,
              "Memory of the process that is in RAM, heap and native.",
              resident));
    }
    return families;
  }

  /** 0 where the system does not say. */
  private static long residentBytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(RESIDENT)) {
          String kilobytes = line.substring(RESIDENT.length()).replace("kB", "").strip();
          return Long.parseLong(kilobytes) * 1024;
        }
      }
    } catch (IOException noLinux) {
      return 0;
    }
    return 0;
  }

  /** A family of one whole number without labels. */
  static Family single(String name, Kind kind, String help, long value) {
    return new Family(name, kind, help, List.of(), List.of(new Value(List.of(), value)));
  }

  /** A family of one number without labels. */
  static Family single(String name, Kind kind, String help, double value) {
    return new Family(name, kind, help, List.of(), List.of(new Value(List.of(), value)));
  }
}
