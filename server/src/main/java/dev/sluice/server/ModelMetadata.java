package dev.sluice.server;

import com.google.protobuf.Int64Value;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.core.ServableId;
import dev.sluice.model.Model;
import dev.sluice.model.Signature;
import dev.sluice.proto.serving.ModelSpec;
import dev.sluice.proto.serving.SignatureDefMap;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.status.StatusException;

/** A model's signatures as the message that both protocols answer with. */
public final class ModelMetadata {

  private ModelMetadata() {}

  /** Which version it is that answers. */
  public static ModelSpec spec(ServableId id) {
    return ModelSpec.newBuilder()
        .setName(id.name())
        .setVersion(Int64Value.of(id.version()))
        .build();
  }

  /** Every signature, with the definition exactly as the model has it. */
  public static SignatureDefMap signatures(Model model) {
    SignatureDefMap.Builder map = SignatureDefMap.newBuilder();
    for (Signature signature : model.signatures().values()) {
      try {
        map.putSignatureDef(signature.name(), SignatureDef.parseFrom(signature.definition()));
      } catch (InvalidProtocolBufferException malformed) {
        throw StatusException.internal(
            "the definition of signature %s does not parse: %s",
            signature.name(), malformed.getMessage());
      }
    }
    return map.build();
  }
}
