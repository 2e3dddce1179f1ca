package dev.sluice.testkit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * What can be wrong with the files of a version, as a copy of one of the {@link Models} that has
 * it. The copy appears like those of {@link Models}: by one rename, with the damage done. Those
 * with {@code VARIABLES} in their name need a model that has variables, such as {@link
 * Models#HALF_PLUS_TWO}.
 */
public enum Damage {
  /** Only the first half of {@code saved_model.pb} is there. */
  GRAPH_TRUNCATED(Damage.GRAPH) {
    @Override
    void change(Path file) throws IOException {
      truncate(file, Files.size(file) / 2);
    }
  },

  /** {@code saved_model.pb} has its size, but every byte is noise, each time the same. */
  GRAPH_GARBAGE(Damage.GRAPH) {
    @Override
    void change(Path file) throws IOException {
      byte[] noise = new byte[(int) Files.size(file)];
      new Random(7).nextBytes(noise);
      Files.write(file, noise);
    }
  },

  /** {@code saved_model.pb} has no bytes. */
  GRAPH_EMPTY(Damage.GRAPH) {
    @Override
    void change(Path file) throws IOException {
      truncate(file, 0);
    }
  },

  /** There is no {@code saved_model.pb}, as while a copy goes on that began with the variables. */
  GRAPH_MISSING(Damage.GRAPH) {
    @Override
    void change(Path file) throws IOException {
      Files.delete(file);
    }
  },

  /** Only the first half of the variables' only shard is there. */
  VARIABLES_TRUNCATED(Damage.SHARD) {
    @Override
    void change(Path file) throws IOException {
      truncate(file, Files.size(file) / 2);
    }
  },

  /** The first byte of the shard is another one, so its checksum is wrong. */
  VARIABLES_CHANGED(Damage.SHARD) {
    @Override
    void change(Path file) throws IOException {
      byte[] content = Files.readAllBytes(file);
      content[0] ^= 1;
      Files.write(file, content);
    }
  },

  /** The shard is not there, only its index. */
  VARIABLES_MISSING(Damage.SHARD) {
    @Override
    void change(Path file) throws IOException {
      Files.delete(file);
    }
  },

  /**
   * The index of the variables is not there; TensorFlow takes that for a model without variables.
   */
  VARIABLES_INDEX_MISSING(Damage.INDEX) {
    @Override
    void change(Path file) throws IOException {
      Files.delete(file);
    }
  };

  private static final String GRAPH = "saved_model.pb";
  private static final String SHARD = "variables/variables.data-00000-of-00001";
  private static final String INDEX = "variables/variables.index";

  private final String file;

  Damage(String file) {
    this.file = file;
  }

  /**
   * Copies one version of a model, damaged, under a version number of the caller's choice.
   *
   * @param name one of the constants of {@link Models}
   * @param version the version to copy
   * @param targetBasePath the base path below which the version is to appear; made if absent
   * @param targetVersion the number it gets there
   * @return the folder of the version, {@code targetBasePath/targetVersion}
   * @throws IllegalArgumentException if there is no such model or version
   * @throws UncheckedIOException if the file system fails, or the model has no such file
   */
  public Path copy(String name, long version, Path targetBasePath, long targetVersion) {
    return Models.copy(
        name + "/" + version + "/",
        targetBasePath,
        Long.toString(targetVersion),
        copy -> apply(copy.resolve(file)));
  }

  private void apply(Path damaged) {
    try {
      change(damaged);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't damage " + damaged, e);
    }
  }

  abstract void change(Path file) throws IOException;

  private static void truncate(Path file, long size) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(size);
    }
  }
}
