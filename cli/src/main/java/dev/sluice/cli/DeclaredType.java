package dev.sluice.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.proto.tensorflow.TensorInfo;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The type that a signature declares for an input or output, those included that requests can't
 * have.
 *
 * @param value what a value of it is when it has been computed; null if not known here
 * @param label for people
 */
record DeclaredType(@Nullable DataType value, String label) {

  /** TensorFlow 1 declared a variable as a reference: the number of its type and this. */
  private static final int REFERENCE = 100;

  static DeclaredType ofInput(Signature signature, String name) {
    return of(definition(signature).getInputsMap(), name);
  }

  static DeclaredType ofOutput(Signature signature, String name) {
    return of(definition(signature).getOutputsMap(), name);
  }

  private static SignatureDef definition(Signature signature) {
    try {
      return SignatureDef.parseFrom(signature.definition());
    } catch (InvalidProtocolBufferException parsedBefore) {
      throw new IllegalStateException(parsedBefore);
    }
  }

  private static DeclaredType of(Map<String, TensorInfo> infos, String name) {
    int number = infos.getOrDefault(name, TensorInfo.getDefaultInstance()).getDtypeValue();
    DataType value = DataType.ofNumber(number > REFERENCE ? number - REFERENCE : number);
    if (value != null) {
      return new DeclaredType(
          value, number > REFERENCE ? value.label() + " variable" : value.label());
    }
    return new DeclaredType(null, number == 0 ? "no type" : "type number " + number);
  }
}
