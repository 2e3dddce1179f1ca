package dev.sluice.server.config;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Finds the models in a folder whose shape is not known: base paths, wherever they are in it. */
public final class ModelFolders {

  private static final Pattern NUMBER = Pattern.compile("[0-9]+");

  /** Deeper than anybody packs a model, and an end for links in a circle. */
  private static final int DEEPEST = 8;

  private ModelFolders() {}

  /**
   * The folders with a version in them: {@code <folder>/<number>/saved_model.pb}.
   *
   * @param root where to look, itself included; may be missing
   * @return sorted by path; empty if there is none
   * @throws StatusException PERMISSION_DENIED if a folder can't be read
   */
  public static List<Path> in(Path root) {
    SortedSet<Path> found = new TreeSet<>();
    if (Files.isDirectory(root)) {
      look(root, 0, found);
    }
    return List.copyOf(found);
  }

  private static void look(Path folder, int depth, SortedSet<Path> found) {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(folder, Files::isDirectory)) {
      for (Path child : children) {
        if (isVersion(child)) {
          found.add(folder);
        } else if (depth < DEEPEST) {
          look(child, depth + 1, found);
        }
      }
    } catch (IOException | DirectoryIteratorException unreadable) {
      throw new StatusException(
          StatusCode.PERMISSION_DENIED,
          folder + " can't be searched for models: " + unreadable,
          unreadable);
    }
  }

  private static boolean isVersion(Path folder) {
    return NUMBER.matcher(String.valueOf(folder.getFileName())).matches()
        && (Files.exists(folder.resolve("saved_model.pb"))
            || Files.exists(folder.resolve("saved_model.pbtxt")));
  }
}
