package dev.sluice.protocol;

import dev.sluice.status.StatusCode;
import dev.sluice.status.StatusException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Skims {@code tensorflow.serving.PredictRequest}: the model spec, the names, and where each
 * input's TensorProto lies. No tensor is decoded and none is copied, so this is cheap enough for an
 * event loop. Fields come in any order; unknown ones are passed over.
 */
public final class PredictRequestReader {

  private static final int MODEL_SPEC = WireReader.tag(1, WireReader.BYTES);
  private static final int INPUTS = WireReader.tag(2, WireReader.BYTES);
  private static final int OUTPUT_FILTER = WireReader.tag(3, WireReader.BYTES);
  private static final int KEY = WireReader.tag(1, WireReader.BYTES);
  private static final int VALUE = WireReader.tag(2, WireReader.BYTES);

  private final ModelSpecReader modelSpec = new ModelSpecReader();
  private final Map<String, InputSpan> inputs = new LinkedHashMap<>();
  private final List<String> outputFilter = new ArrayList<>();
  private final WireBytes original;

  /** The message and after it the values that came in parts; null if none has. */
  private byte @Nullable [] extended;

  private int appended;

  private PredictRequestReader(WireBytes wire) {
    this.original = wire;
    this.appended = wire.length();
  }

  /**
   * Reads a request's envelope.
   *
   * @param wire the whole message; the envelope refers to it, so it must not change any more
   * @throws StatusException INVALID_ARGUMENT if the bytes are no such message
   */
  public static PredictEnvelope read(byte[] wire) {
    return read(WireBytes.of(wire));
  }

  /**
   * Reads a request's envelope from where it lies.
   *
   * @param wire the whole message; the envelope refers to it until its tensors are read
   * @throws StatusException INVALID_ARGUMENT if the bytes are no such message
   */
  public static PredictEnvelope read(WireBytes wire) {
    try {
      PredictRequestReader reader = new PredictRequestReader(wire);
      WireReader in = wire.reader(0, wire.length());
      while (!in.atEnd()) {
        reader.field(in);
      }
      return reader.envelope();
    } catch (MalformedWireException malformed) {
      throw new StatusException(
          StatusCode.INVALID_ARGUMENT,
          "Malformed PredictRequest: " + malformed.getMessage(),
          malformed);
    }
  }

  private PredictEnvelope envelope() {
    return new PredictEnvelope(
        extended == null ? original : WireBytes.of(extended),
        modelSpec.model(),
        List.copyOf(inputs.values()),
        outputFilter);
  }

  private void field(WireReader in) {
    int tag = in.readTag();
    if (tag == MODEL_SPEC) {
      modelSpec.merge(in.readMessage());
    } else if (tag == INPUTS) {
      input(in.readMessage());
    } else if (tag == OUTPUT_FILTER) {
      outputFilter.add(in.readString());
    } else {
      in.skip(tag);
    }
  }

  private void input(WireReader in) {
    String key = "";
    InputSpan value = null;
    List<InputSpan> more = null;
    while (!in.atEnd()) {
      int tag = in.readTag();
      if (tag == KEY) {
        key = in.readString();
      } else if (tag == VALUE) {
        int length = in.readLength();
        InputSpan span = new InputSpan("", in.position(), length);
        in.advance(length);
        more = value == null ? null : plus(more, value);
        value = span;
      } else {
        in.skip(tag);
      }
    }
    inputs.put(key, merged(more, value).named(key));
  }

  private static List<InputSpan> plus(@Nullable List<InputSpan> spans, InputSpan span) {
    List<InputSpan> list = spans == null ? new ArrayList<>() : spans;
    list.add(span);
    return list;
  }

  /**
   * The bytes of a value that may have come in parts: parts of one message merge, and merging is
   * what concatenation means on the wire. No client sends parts, so only they pay for a copy.
   */
  private InputSpan merged(@Nullable List<InputSpan> earlier, @Nullable InputSpan last) {
    if (last == null) {
      return new InputSpan("", 0, 0);
    }
    if (earlier == null) {
      return last;
    }
    byte[] target = extended();
    int start = appended;
    for (InputSpan part : plus(earlier, last)) {
      System.arraycopy(target, part.offset(), target, appended, part.length());
      appended += part.length();
    }
    return new InputSpan("", start, appended - start);
  }

  private byte[] extended() {
    if (extended == null) {
      if (original.length() > Integer.MAX_VALUE / 2) {
        throw new MalformedWireException("input value in parts in a message of over 1 GiB");
      }
      // Each byte of the request is a part of at most one value.
      extended = Arrays.copyOf(original.array(), 2 * original.length());
    }
    return extended;
  }
}
