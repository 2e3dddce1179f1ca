package dev.sluice.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.sluice.model.DataType;
import dev.sluice.model.Signature;
import dev.sluice.model.TensorSpec;
import dev.sluice.proto.tensorflow.MetaGraphDef;
import dev.sluice.proto.tensorflow.SignatureDef;
import dev.sluice.proto.tensorflow.TensorInfo;
import dev.sluice.proto.tensorflow.TensorShapeProto;
import dev.sluice.status.StatusException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

class MetaGraphSkimTest {

  private static SortedMap<String, Signature> skim(byte[] bytes) {
    MemorySegment segment = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_BYTE, bytes);
    return MetaGraphSkim.signatures(segment);
  }

  private static TensorInfo info(long... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : sizes) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return TensorInfo.newBuilder()
        .setName("op:1")
        .setDtype(dev.sluice.proto.tensorflow.DataType.DT_FLOAT)
        .setTensorShape(shape)
        .build();
  }

  @Test
  void inputsAndOutputsComeInByteOrder() {
    SignatureDef definition =
        SignatureDef.newBuilder()
            .setMethodName("m")
            .putInputs("b", info(-1, 3))
            .putInputs("a", info())
            .putInputs("B", info(2))
            .build();
    Signature signature =
        skim(MetaGraphDef.newBuilder().putSignatureDef("s", definition).build().toByteArray())
            .get("s");
    assertThat(signature.inputs()).extracting(TensorSpec::name).containsExactly("B", "a", "b");
    assertThat(signature.input("b").dimensions()).containsExactly(-1L, 3L);
    assertThat(signature.input("b").dataType()).isEqualTo(DataType.FLOAT);
    assertThat(signature.input("a").dimensions()).isEmpty();
    assertThat(signature.methodName()).isEqualTo("m");
  }

  @Test
  void definitionKeepsWhatOurMessagesDoNotKnow() throws Exception {
    ByteString unknown = ByteString.copyFrom(new byte[] {(byte) 0xfa, 0x3f, 2, 1, 2}); // field 1023
    byte[] definition =
        SignatureDef.newBuilder()
            .setMethodName("m")
            .build()
            .toByteString()
            .concat(unknown)
            .toByteArray();
    byte[] metaGraph =
        MetaGraphDef.newBuilder()
            .putSignatureDef("s", SignatureDef.parseFrom(definition))
            .build()
            .toByteArray();
    assertThat(skim(metaGraph).get("s").definition()).isEqualTo(definition);
  }

  @Test
  void unknownRankHasNoDimensions() {
    TensorInfo unknown =
        TensorInfo.newBuilder()
            .setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true))
            .build();
    SignatureDef definition = SignatureDef.newBuilder().putOutputs("y", unknown).build();
    Signature signature =
        skim(MetaGraphDef.newBuilder().putSignatureDef("s", definition).build().toByteArray())
            .get("s");
    assertThat(signature.outputs().getFirst().dimensions()).isNull();
    assertThat(signature.outputs().getFirst().dataType()).isNull();
  }

  @Test
  void damagedBytesGiveAStatusAndNothingElse() {
    byte[] valid =
        MetaGraphDef.newBuilder()
            .putSignatureDef("s", SignatureDef.newBuilder().putInputs("x", info(1, 2, 3)).build())
            .build()
            .toByteArray();
    Random random = new Random(11);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = valid.clone();
      for (int k = 0; k <= random.nextInt(3); k++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        skim(damaged);
      } catch (StatusException expected) {
        assertThat(expected).hasMessageContaining("does not parse");
      }
    }
    assertThatThrownBy(() -> skim(new byte[] {0x12, (byte) 0x80}))
        .isInstanceOf(StatusException.class);
  }
}
