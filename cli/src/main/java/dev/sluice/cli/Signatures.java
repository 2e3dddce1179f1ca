package dev.sluice.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
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
  static Signature of(SignatureDefMap signatures, String name) {
    String wanted = name.isEmpty() ? Signature.DEFAULT_NAME : name;
    SignatureDef definition = signatures.getSignatureDefMap().get(wanted);
    if (definition == null) {
      throw StatusException.invalidArgument(
          "no signature %s, expected one of %s",
          wanted, signatures.getSignatureDefMap().keySet().stream().sorted().toList());
    }
    return SavedModelDescription.signature(wanted, definition.toByteArray());
  }

  /**
   * The signatures in an answer over gRPC.
   *
   * @throws InvalidProtocolBufferException if there are none
   */
  static SignatureDefMap of(GetModelMetadataResponse metadata)
      throws InvalidProtocolBufferException {
    return metadata.getMetadataOrThrow(FIELD).unpack(SignatureDefMap.class);
  }

  /**
   * The signatures in an answer over REST. It has what gRPC's has, but for the type of the part.
   *
   * @throws InvalidProtocolBufferException if there are none
   */
  static SignatureDefMap ofJson(String json) throws InvalidProtocolBufferException {
    Struct.Builder answer = Struct.newBuilder();
    JsonFormat.parser().merge(json, answer);
    Struct metadata = answer.getFieldsOrThrow("metadata").getStructValue();
    SignatureDefMap.Builder signatures = SignatureDefMap.newBuilder();
    JsonFormat.parser()
        .ignoringUnknownFields()
        .merge(JsonFormat.printer().print(metadata.getFieldsOrThrow(FIELD)), signatures);
    return signatures.build();
  }
}
