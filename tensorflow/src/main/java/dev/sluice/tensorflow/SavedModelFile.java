package dev.sluice.tensorflow;

import dev.sluice.tensorflow.FileFields.MalformedException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a {@code saved_model.pb} says about the files beside it, and whether it is whole.
 *
 * <p>It is stepped over field by field, down to the fields of its MetaGraphDefs: a graph is never
 * read, however large. A file that was cut short ends inside a field; one whose space was reserved
 * and not yet written has zeros where a field should begin. Field numbers are those of {@code
 * saved_model.proto} and {@code meta_graph.proto}.
 *
 * @param missing what it lacks, as a clause; empty if nothing
 * @param restoresVariables whether a MetaGraphDef says how to restore variables
 * @param assets the names of the files that it wants below {@code assets}
 */
record SavedModelFile(String missing, boolean restoresVariables, List<String> assets) {

  private static final int META_GRAPHS = 2;
  private static final int SAVER_DEF = 3;
  private static final int ASSET_FILE_DEF = 6;
  private static final int ASSET_FILENAME = 2;

  private static final int LONGEST_NAME = 4096;

  boolean isWhole() {
    return missing.isEmpty();
  }

  /** Reads a file that exists. */
  static SavedModelFile read(Path file) throws IOException {
    try (FileFields fields = FileFields.open(file)) {
      return new Reading(fields).read();
    }
  }

  /** One reading of a file. */
  private static final class Reading {

    private final FileFields fields;
    private final List<String> assets = new ArrayList<>();
    private boolean restoresVariables;
    private boolean hasMetaGraph;

    Reading(FileFields fields) {
      this.fields = fields;
    }

    SavedModelFile read() throws IOException {
      String missing;
      try {
        savedModel();
        missing = hasMetaGraph ? "" : "has " + fields.size() + " bytes and no graph";
      } catch (CutShortException cut) {
        missing = "has " + fields.size() + " bytes, " + cut.needed + " needed";
      } catch (EOFException cut) {
        missing = "has " + fields.size() + " bytes and ends in the middle of a field";
      } catch (MalformedException malformed) {
        missing = "is not whole, or damaged: " + malformed.getMessage();
      }
      return new SavedModelFile(missing, restoresVariables, List.copyOf(assets));
    }

    private void savedModel() throws IOException {
      while (fields.position() < fields.size()) {
        Field field = field(fields.size());
        if (field.is(META_GRAPHS)) {
          hasMetaGraph = true;
          metaGraph(field.end());
        }
        fields.position(field.end());
      }
    }

    private void metaGraph(long end) throws IOException {
      while (fields.position() < end) {
        Field field = field(end);
        if (field.is(SAVER_DEF)) {
          restoresVariables = true;
        } else if (field.is(ASSET_FILE_DEF)) {
          asset(field.end());
        }
        fields.position(field.end());
      }
    }

    private void asset(long end) throws IOException {
      while (fields.position() < end) {
        Field field = field(end);
        long length = field.end() - fields.position();
        if (field.is(ASSET_FILENAME) && length <= LONGEST_NAME) {
          assets.add(new String(fields.bytes((int) length), StandardCharsets.UTF_8));
        }
        fields.position(field.end());
      }
    }

    /** Reads a field's tag and length; what is left is its content, up to its end. */
    private Field field(long limit) throws IOException {
      long start = fields.position();
      long tag = fields.varint();
      long number = tag >>> 3;
      if (number == 0 || number > 0x1fffffff) {
        throw new MalformedException("no field begins at byte " + start);
      }
      long length =
          switch ((int) (tag & 7)) {
            case 0 -> fields.varint() & 0; // reading it was stepping over it
            case 1 -> 8;
            case 2 -> fields.varint();
            case 5 -> 4;
            default -> throw new MalformedException("no field begins at byte " + start);
          };
      long end = fields.position() + length;
      if (length < 0 || end < 0) {
        throw new MalformedException("a field without a length at byte " + start);
      }
      if (end > limit) {
        if (limit == fields.size()) {
          throw new CutShortException(end);
        }
        throw new MalformedException("a field at byte " + start + " that is too long");
      }
      return new Field(number, (int) (tag & 7), end);
    }
  }

  /** One field of a message. */
  private record Field(long number, int wireType, long end) {
    boolean is(int wanted) {
      return number == wanted && wireType == 2;
    }
  }

  /** A field goes on behind the end of the file. */
  private static final class CutShortException extends IOException {
    private static final long serialVersionUID = 1;
    private final long needed;

    CutShortException(long needed) {
      super("ends before byte " + needed);
      this.needed = needed;
    }
  }
}
