package dev.sluice.cli;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.model.Signature;
import dev.sluice.proto.serving.GetModelMetadataResponse;
import dev.sluice.proto.serving.SignatureDefMap;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.status.StatusException;
import dev.sluice.tensorflow.SavedModelDescription;

/** Signatures out of a server's answer to a request for metadata. */
final class Signatures {

  /** The one kind of metadata that there is. */
  static final String FIELD = "signature_def";

  private Signatures() {}

  /**
   * One of the signatures.
   *
   * @param name empty for the default one
   * @throws StatusException INVALID_ARGUMENT if there is none of that name
   */
  static Signature of(GetModelMetadataResponse metadata, String name) {
    String wanted = name.isEmpty() ? Signature.DEFAULT_NAME : name;
    SignatureDefMap map = map(metadata);
    SignatureDef definition = map.getSignatureDefMap().get(wanted);
    if (definition == null) {
      throw StatusException.invalidArgument(
          "no signature %s, expected one of %s",
          wanted, map.getSignatureDefMap().keySet().stream().sorted().toList());
    }
    return SavedModelDescription.signature(wanted, definition.toByteArray());
  }

  private static SignatureDefMap map(GetModelMetadataResponse metadata) {
    Any value = metadata.getMetadataOrDefault(FIELD, Any.getDefaultInstance());
    try {
      return value.unpack(SignatureDefMap.class);
    } catch (InvalidProtocolBufferException other) {
      throw new StatusException(
          dev.sluice.status.StatusCode.INTERNAL,
          "the server's metadata has no signatures, but " + value.getTypeUrl(),
          other);
    }
  }
}
