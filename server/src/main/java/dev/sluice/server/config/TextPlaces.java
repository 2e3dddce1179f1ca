package dev.sluice.server.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.TextFormatParseInfoTree;
import com.google.protobuf.TextFormatParseLocation;
import dev.sluice.proto.config.ModelConfig;
import dev.sluice.proto.config.ModelConfigList;
import dev.sluice.proto.config.ModelServerConfig;
import java.util.List;
import java.util.Objects;

/** Where the fields of a model config stand in its text. Immutable. */
final class TextPlaces {

  private static final FieldDescriptor LIST =
      field(ModelServerConfig.getDescriptor(), "model_config_list");
  private static final FieldDescriptor CONFIG = field(ModelConfigList.getDescriptor(), "config");

  private final TextFormatParseInfoTree tree;
  private final int models;

  /**
   * @param models how many there are
   */
  TextPlaces(TextFormatParseInfoTree tree, int models) {
    this.tree = tree;
    this.models = models;
  }

  /**
   * A place in a text.
   *
   * @param line from 1
   * @param column from 1
   */
  record Place(int line, int column) {
    @Override
    public String toString() {
      return line + ":" + column;
    }
  }

  /** Where a model's field is, or where the model is if it does not have the field. */
  Place of(int model, String fieldName) {
    List<TextFormatParseInfoTree> lists = tree.getNestedTrees(LIST);
    if (lists.isEmpty()) {
      return new Place(1, 1);
    }
    TextFormatParseInfoTree list = lists.getFirst();
    List<TextFormatParseInfoTree> each = list.getNestedTrees(CONFIG);
    if (each.size() == models) { // else some are in brackets, and have one place together
      List<TextFormatParseLocation> field =
          each.get(model).getLocations(field(ModelConfig.getDescriptor(), fieldName));
      if (!field.isEmpty()) {
        return place(field.getFirst());
      }
    }
    List<TextFormatParseLocation> starts = list.getLocations(CONFIG);
    return place(starts.get(Math.min(model, starts.size() - 1)));
  }

  private static Place place(TextFormatParseLocation location) {
    return new Place(location.getLine() + 1, location.getColumn() + 1);
  }

  private static FieldDescriptor field(Descriptor message, String name) {
    return Objects.requireNonNull(message.findFieldByName(name), name);
  }
}
