package dev.sluice.tensorflow;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The folder with TensorFlow's libraries: unpacked once from the native jar on the class path into
 * a cache folder, checked against the jar's checksums, and from then on only looked up.
 *
 * <p>Several processes may ask at once: a file lock lets one unpack, the others wait and find it
 * done. Files appear under their folder's name only when all of them are complete.
 */
public final class TensorFlowLibraries {

  private static final String RESOURCES = "org/tensorflow/internal/c_api/";
  private static final String ARTIFACT =
      "META-INF/maven/org.tensorflow/tensorflow-core-native/pom.properties";

  /** Lists the unpacked files with their sizes; it is written last. */
  private static final String MANIFEST = "sluice-libraries.properties";

  /** How folders begin in which files are being unpacked. */
  private static final String WORK = "unpacking-";

  private static final int CHUNK = 1 << 20;

  private static final Duration BETWEEN_LINES = Duration.ofSeconds(1);

  private final ClassLoader resources;
  private final Path cache;
  private final Consumer<String> progress;
  private final LongSupplier nanoTime;

  /**
   * @param cache the folder below which versions are unpacked, made when needed
   * @param progress gets a line every second or so while files are unpacked
   */
  public TensorFlowLibraries(Path cache, Consumer<String> progress) {
    this(TensorFlowLibraries.class.getClassLoader(), cache, progress, System::nanoTime);
  }

  TensorFlowLibraries(
      ClassLoader resources, Path cache, Consumer<String> progress, LongSupplier nanoTime) {
    this.resources = resources;
    this.cache = cache;
    this.progress = progress;
    this.nanoTime = nanoTime;
  }

  /**
   * Where unpacked libraries live: {@code SLUICE_CACHE_DIR}, else {@code sluice} below {@code
   * XDG_CACHE_HOME}, else {@code ~/.cache/sluice}.
   */
  public static Path cacheDirectory(Map<String, String> environment) {
    String own = environment.getOrDefault("SLUICE_CACHE_DIR", "");
    if (!own.isEmpty()) {
      return Path.of(own);
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    if (!xdg.isEmpty()) {
      return Path.of(xdg, "sluice");
    }
    // HOME before user.home, which is a question mark where a container's uid has no name.
    String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
    return Path.of(home, ".cache", "sluice");
  }

  /**
   * The platform part of the native artifact's name for a JVM's {@code os.name} and {@code
   * os.arch}.
   */
  static String platform(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String arch =
        switch (osArch.toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "arm64";
          case String other -> other;
        };
    if (os.startsWith("linux")) {
      return "linux-" + arch;
    }
    return os.startsWith("mac") ? "macosx-" + arch : os.replace(' ', '_') + "-" + arch;
  }

  /**
   * The folder, unpacked now if it was not before.
   *
   * @throws StatusException NOT_FOUND if the class path has no libraries for this platform,
   *     UNAVAILABLE if they cannot be written
   */
  public Path directory() {
    return directory(platform(System.getProperty("os.name"), System.getProperty("os.arch")));
  }

  Path directory(String platform) {
    URL resource = resources.getResource(RESOURCES + platform + "/" + libraryName(platform));
    if (resource == null) {
      throw StatusException.notFound(
          "no TensorFlow libraries for %s on the class path: expected the artifact"
              + " org.tensorflow:tensorflow-core-native with classifier %s, or name a folder with"
              + " --tensorflow_library_dir",
          platform, platform);
    }
    try {
      return directory(jar(resource), platform);
    } catch (IOException failure) {
      throw new StatusException(
          StatusCode.UNAVAILABLE,
          "cannot unpack TensorFlow's libraries into "
              + cache
              + " ("
              + failure
              + "); point SLUICE_CACHE_DIR at a folder that can be written and has 700 MB free",
          failure);
    }
  }

  private static String libraryName(String platform) {
    return platform.startsWith("macosx") ? "libtensorflow_cc.2.dylib" : "libtensorflow_cc.so.2";
  }

  private static Path jar(URL resource) {
    String text = resource.toString();
    int bang = text.indexOf("!/");
    if (!text.startsWith("jar:file:") || bang < 0) {
      throw StatusException.failedPrecondition(
          "TensorFlow's libraries are at %s, expected inside a jar file", text);
    }
    return Path.of(URI.create(text.substring("jar:".length(), bang)));
  }

  private Path directory(Path jar, String platform) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      Path target = cache.resolve("tensorflow-native-" + version(zip) + "-" + platform);
      if (isComplete(target)) {
        return target;
      }
      unpackLocked(zip, platform, target);
      return target;
    }
  }

  /** A JVM may not lock a file twice, so its threads take turns before they ask for the lock. */
  private void unpackLocked(ZipFile zip, String platform, Path target) throws IOException {
    synchronized (TensorFlowLibraries.class) {
      Files.createDirectories(cache);
      try (FileChannel channel =
              FileChannel.open(
                  cache.resolve(target.getFileName() + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (lock.isValid() && !isComplete(target)) {
          unpack(zip, platform, target);
        }
      }
    }
  }

  private static String version(ZipFile zip) throws IOException {
    ZipEntry entry = zip.getEntry(ARTIFACT);
    if (entry == null) {
      throw new IOException("no " + ARTIFACT + " in " + zip.getName());
    }
    Properties properties = new Properties();
    try (InputStream in = zip.getInputStream(entry)) {
      properties.load(in);
    }
    return properties.getProperty("version", "unknown");
  }

  /** True iff the manifest is there and every file it names has the size it names. */
  private static boolean isComplete(Path directory) throws IOException {
    Path manifest = directory.resolve(MANIFEST);
    if (!Files.isRegularFile(manifest)) {
      return false;
    }
    Properties sizes = new Properties();
    try (InputStream in = Files.newInputStream(manifest)) {
      sizes.load(in);
    }
    for (String name : sizes.stringPropertyNames()) {
      Path file = directory.resolve(name);
      if (!Files.isRegularFile(file)
          || !String.valueOf(Files.size(file)).equals(sizes.getProperty(name))) {
        return false;
      }
    }
    return !sizes.isEmpty();
  }

  private void unpack(ZipFile zip, String platform, Path target) throws IOException {
    List<ZipEntry> libraries = new ArrayList<>();
    long total = 0;
    for (ZipEntry entry : zip.stream().toList()) {
      String name = entry.getName();
      if (name.startsWith(RESOURCES + platform + "/lib")) {
        libraries.add(entry);
        total += entry.getSize();
      }
    }
    progress.accept(
        String.format(
            Locale.ROOT,
            "Unpacking TensorFlow's libraries (%d MB, once) into %s",
            total >> 20,
            target));
    deleteLeftovers();
    // Not a temporary directory of the JDK's: those are for one user, and a cache may serve
    // several.
    Path work = Files.createDirectory(cache.resolve(WORK + UUID.randomUUID()));
    try {
      unpackInto(zip, libraries, work, new Progress(total));
      delete(target); // an incomplete one, if any
      Files.move(work, target, StandardCopyOption.ATOMIC_MOVE);
      progress.accept("Unpacking TensorFlow's libraries: done");
    } finally {
      delete(work);
    }
  }

  /**
   * What a process that was killed while it unpacked has left; the lock is ours, so nobody uses it.
   */
  private void deleteLeftovers() throws IOException {
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(cache, WORK + "*")) {
      for (Path leftover : leftovers) {
        delete(leftover);
      }
    }
  }

  private static void unpackInto(ZipFile zip, List<ZipEntry> libraries, Path work, Progress done)
      throws IOException {
    Properties sizes = new Properties();
    for (ZipEntry entry : libraries) {
      String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
      CRC32 checksum = new CRC32();
      try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), checksum);
          OutputStream out = Files.newOutputStream(work.resolve(name))) {
        copy(in, out, done);
      }
      if (checksum.getValue() != entry.getCrc()) {
        throw new IOException("checksum of " + name + " is wrong: the jar is damaged");
      }
      sizes.setProperty(name, String.valueOf(entry.getSize()));
    }
    try (OutputStream out = Files.newOutputStream(work.resolve(MANIFEST))) {
      sizes.store(out, "sizes of the unpacked files");
    }
  }

  private static void copy(InputStream in, OutputStream out, Progress done) throws IOException {
    byte[] chunk = new byte[CHUNK];
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      out.write(chunk, 0, n);
      done.add(n);
    }
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Says how far it is, at most once a second: nobody shall wonder whether it goes on. */
  private final class Progress {
    private final long total;
    private long done;
    private long said = nanoTime.getAsLong();

    Progress(long total) {
      this.total = total;
    }

    void add(long bytes) {
      done += bytes;
      long now = nanoTime.getAsLong();
      if (now - said >= BETWEEN_LINES.toNanos() && done < total) {
        said = now;
        progress.accept(
            String.format(
                Locale.ROOT, "Unpacking TensorFlow's libraries: %d %%", 100 * done / total));
      }
    }
  }
}
