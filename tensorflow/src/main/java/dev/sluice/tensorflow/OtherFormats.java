package dev.sluice.tensorflow;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.StreamSupport;

/** Models in forms that are not served, by the names of their files. */
final class OtherFormats {

  /**
   * A form.
   *
   * @param ending how the name of such a file ends
   * @param what the form in words
   * @param remedy what to do about it; empty where there is nothing simple
   */
  private record Format(String ending, String what, String remedy) {}

  private static final String EXPORT = "; export it with Keras' model.export(folder)";

  private static final List<Format> FORMATS =
      List.of(
          new Format(".tflite", "a TensorFlow Lite model", ""),
          new Format(".keras", "a Keras 3 model", EXPORT),
          new Format(".h5", "a Keras model in HDF5", EXPORT),
          new Format(".hdf5", "a Keras model in HDF5", EXPORT),
          new Format("export.meta", "a Session Bundle of TensorFlow 1", ""),
          new Format(".cpb", "a SavedModel in chunks", ""),
          new Format(".onnx", "an ONNX model", ""));

  private OtherFormats() {}

  /** What a folder or a file holds that is no SavedModel, in words; empty if nothing known. */
  static String in(Path place) {
    List<Path> files = files(place);
    for (Format format : FORMATS) {
      for (Path file : files) {
        if (file.toString().endsWith(format.ending())) {
          return format.what() + " (" + file.getFileName() + ")" + format.remedy();
        }
      }
    }
    return "";
  }

  private static List<Path> files(Path place) {
    if (Files.isRegularFile(place)) {
      return List.of(place);
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(place, Files::isRegularFile)) {
      return StreamSupport.stream(files.spliterator(), false)
          .sorted(Comparator.naturalOrder())
          .toList();
    } catch (IOException unreadable) {
      return List.of(); // then there is nothing that could be named
    }
  }
}
