package dev.sluice.protocol;

import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A {@code tensorflow.serving.ModelSpec} while it is read. One that comes in parts merges; version
 * and label are a oneof, of which the last on the wire counts.
 */
final class ModelSpecReader {

  private static final int NAME = WireReader.tag(1, WireReader.BYTES);
  private static final int VERSION = WireReader.tag(2, WireReader.BYTES);
  private static final int SIGNATURE_NAME = WireReader.tag(3, WireReader.BYTES);
  private static final int VERSION_LABEL = WireReader.tag(4, WireReader.BYTES);
  private static final int VERSION_VALUE = WireReader.tag(1, WireReader.VARINT);

  private boolean present;
  private String name = "";
  private boolean hasVersion;
  private long version;
  private @Nullable String versionLabel;
  private String signatureName = "";

  /** What was read so far. */
  RequestedModel model() {
    return new RequestedModel(
        present,
        name,
        hasVersion ? OptionalLong.of(version) : OptionalLong.empty(),
        Optional.ofNullable(versionLabel),
        signatureName);
  }

  void merge(WireReader in) {
    present = true;
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == NAME) {
        name = in.readString();
      } else if (tag == VERSION) {
        version(in.readMessage());
      } else if (tag == SIGNATURE_NAME) {
        signatureName = in.readString();
      } else if (tag == VERSION_LABEL) {
        versionLabel = in.readString();
        hasVersion = false;
        version = 0;
      } else {
        in.skip(tag);
      }
    }
  }

  private void version(WireReader in) {
    hasVersion = true;
    versionLabel = null;
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == VERSION_VALUE) {
        version = in.readVarint();
      } else {
        in.skip(tag);
      }
    }
  }
}
