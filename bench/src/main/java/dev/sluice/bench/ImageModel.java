package dev.sluice.bench;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;

/**
 * The image network of {@code bench/models/make_cnn.py}, which needs a Python with TensorFlow to be
 * made, and an image for it.
 */
final class ImageModel {

  static final String NAME = "cnn";

  /** The signature that takes 224 x 224 x 3 floats, and its input. */
  static final String FLOATS = "serving_default";

  static final String FLOATS_INPUT = "image";

  /** The signature that takes a file. */
  static final String BYTES = "bytes";

  static final int SIZE = 224;

  private static final Duration TO_MAKE = Duration.ofMinutes(5);

  private ImageModel() {}

  private static Path basePath(Workshop workshop) {
    return workshop.models().resolve(NAME);
  }

  private static boolean isMade(Workshop workshop) {
    return Files.isRegularFile(basePath(workshop).resolve("1/saved_model.pb"));
  }

  /** Why there is none and none can be made; empty if there is one or will be. */
  static String obstacle(Workshop workshop) {
    if (isMade(workshop) || !python(workshop).isEmpty()) {
      return "";
    }
    return "The model is made by Python with TensorFlow, of which none was found. With Python 3.11"
        + " or 3.12: python3.11 -m venv .venv && .venv/bin/pip install -r"
        + " testkit/models/requirements.txt, or name one in SLUICE_BENCH_PYTHON.";
  }

  /** Its base path; made now if that was not done before. */
  static Path made(Workshop workshop) throws IOException, InterruptedException {
    Path basePath = basePath(workshop);
    if (!isMade(workshop)) {
      workshop.progress().accept("making the image network");
      List<String> command =
          List.of(
              python(workshop),
              workshop.home().resolve("bench/models/make_cnn.py").toString(),
              "--output=" + basePath);
      try (ChildProcess python =
          ChildProcess.start(command, workshop.logs().resolve("make_cnn.log"))) {
        python.awaitSuccess(TO_MAKE);
      }
    }
    return basePath;
  }

  /** A Python that has TensorFlow and Keras; empty if there is none. */
  private static String python(Workshop workshop) {
    List<String> candidates = new ArrayList<>();
    String named = System.getenv("SLUICE_BENCH_PYTHON");
    if (named != null) {
      candidates.add(named);
    }
    candidates.add(workshop.home().resolve(".venv/bin/python").toString());
    candidates.addAll(List.of("python3", "python3.12", "python3.11"));
    return candidates.stream().filter(ImageModel::hasTensorFlow).findFirst().orElse("");
  }

  private static boolean hasTensorFlow(String python) {
    String find =
        "import importlib.util as u, sys;"
            + " sys.exit(not (u.find_spec('tensorflow') and u.find_spec('keras')))";
    try {
      Process process =
          new ProcessBuilder(python, "-c", find)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException absent) {
      return false;
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Pixels from -1 to 1, of no picture in particular. */
  static float[] pixels() {
    Random random = new Random(1);
    float[] pixels = new float[SIZE * SIZE * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextInt(256) / 127.5f - 1;
    }
    return pixels;
  }

  /** A JPEG of the size that the network takes, with shapes and colours like those of a photo. */
  static byte[] jpeg() throws IOException {
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    Random random = new Random(1);
    graphics.setPaint(new GradientPaint(0, 0, Color.CYAN, SIZE, SIZE, Color.DARK_GRAY));
    graphics.fillRect(0, 0, SIZE, SIZE);
    for (int i = 0; i < 60; i++) {
      graphics.setColor(new Color(random.nextInt(1 << 24)));
      graphics.fillOval(
          random.nextInt(SIZE), random.nextInt(SIZE), random.nextInt(40), random.nextInt(40));
    }
    graphics.dispose();
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageIO.write(image, "jpeg", file);
    return file.toByteArray();
  }

  /** One image as floats, over gRPC. */
  static byte[] message() {
    return Messages.predict(
        NAME, FLOATS, FLOATS_INPUT, Messages.floats(pixels(), 1, SIZE, SIZE, 3));
  }

  /** One file in base64, over REST. */
  static byte[] json() throws IOException {
    String file = Base64.getEncoder().encodeToString(jpeg());
    return "{\"signature_name\": \"%s\", \"instances\": [{\"b64\": \"%s\"}]}"
        .formatted(BYTES, file)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
