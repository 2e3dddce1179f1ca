package dev.sluice.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the first pass learns of a predict body besides its being JSON: where {@code
 * signature_name}, {@code instances} and {@code inputs} begin, and the sizes of the lists from
 * which shapes are inferred. Of a key sent twice the first counts.
 *
 * <p>Shapes are needed of the whole {@code instances} or {@code inputs} value and, where named
 * inputs can be, of every member of the {@code inputs} object or of the first object in {@code
 * instances}. Only while one of these is being walked does the scan report elements, so elsewhere
 * this costs it a comparison.
 */
final class Outline {

  /** A position that was not met. */
  static final int ABSENT = -1;

  /** Each costs some bytes beside its floats, so their number has to have an end. */
  private static final int MOST_FLOATS = 64;

  private static final byte[] SIGNATURE_NAME = key("signature_name");
  private static final byte[] INSTANCES = key("instances");
  private static final byte[] INPUTS = key("inputs");

  private enum Awaiting {
    NOTHING,
    SIGNATURE_NAME,
    INSTANCES,
    INPUTS,
    MEMBER
  }

  private final byte[] bytes;
  private final FirstPath whole = new FirstPath();
  private final FirstPath member = new FirstPath();
  private FirstPath path = whole;
  private Awaiting awaiting = Awaiting.NOTHING;
  private boolean tracing;
  private int watched;
  private int memberDepth = ABSENT;

  private int signatureName = ABSENT;
  private int instances = ABSENT;
  private int inputs = ABSENT;

  private List<FloatLists> floats = List.of();

  private int memberKey = ABSENT;
  private int memberValue;
  private int[] members = {};
  private int membersEnd;

  Outline(byte[] bytes) {
    this.bytes = bytes;
  }

  private static byte[] key(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  /** Where the value of {@code signature_name} begins, or {@link #ABSENT}. */
  int signatureName() {
    return signatureName;
  }

  /** Where the value of {@code instances} begins, or {@link #ABSENT}. */
  int instances() {
    return instances;
  }

  /** Where the value of {@code inputs} begins, or {@link #ABSENT}. */
  int inputs() {
    return inputs;
  }

  /** Sizes of the first lists, outermost first, of {@code instances} or {@code inputs}. */
  int[] sizes() {
    return whole.sizes();
  }

  /** The members whose shapes were taken, in the order sent. */
  Members members() {
    return new Members(Arrays.copyOf(members, membersEnd));
  }

  // What the scan asks and reports; depth 1 is inside the root.

  /** True iff the next value to begin is to be reported. */
  boolean isTracing() {
    return tracing;
  }

  /** True iff the elements and the end of lists of this depth are to be reported. */
  boolean counts(int depth) {
    return depth <= watched;
  }

  /** True iff keys of objects of this depth are to be reported, and their ends. */
  boolean wantsKeys(int depth) {
    return depth == 1 || depth == memberDepth;
  }

  void key(int depth, int quote) {
    if (depth == memberDepth) {
      endMember();
      memberKey = quote;
      await(Awaiting.MEMBER);
    } else if (signatureName == ABSENT && JsonStrings.equal(bytes, quote, SIGNATURE_NAME)) {
      await(Awaiting.SIGNATURE_NAME);
    } else if (instances == ABSENT && JsonStrings.equal(bytes, quote, INSTANCES)) {
      await(Awaiting.INSTANCES);
    } else if (inputs == ABSENT && JsonStrings.equal(bytes, quote, INPUTS)) {
      await(Awaiting.INPUTS);
    }
  }

  private void await(Awaiting value) {
    awaiting = value;
    tracing = true;
  }

  /** True iff the value that begins may be read as floats at once. */
  boolean takesFloats() {
    return awaiting.compareTo(Awaiting.SIGNATURE_NAME) > 0 && floats.size() < MOST_FLOATS;
  }

  /** A value was read as floats, from its beginning to its end. */
  void floatsRead(FloatLists lists, int depth) {
    if (floats.isEmpty()) {
      floats = new ArrayList<>(1);
    }
    floats.add(lists);
    place(depth, lists.start());
    path.end(lists.sizes());
    update();
  }

  /** The value that begins there as floats, if it was read so. */
  @Nullable FloatLists floats(int start) {
    for (FloatLists lists : floats) {
      if (lists.start() == start) {
        return lists;
      }
    }
    return null;
  }

  void valueBegins(byte first, int depth, int at) {
    place(depth, at);
    follow(first, depth);
  }

  private void place(int depth, int at) {
    switch (awaiting) {
      case NOTHING -> {}
      case SIGNATURE_NAME -> signatureName = at;
      case INSTANCES -> {
        instances = at;
        begin(whole, depth);
      }
      case INPUTS -> {
        inputs = at;
        begin(whole, depth);
      }
      case MEMBER -> {
        memberValue = at;
        begin(member, depth);
      }
    }
    awaiting = Awaiting.NOTHING;
  }

  private void begin(FirstPath next, int depth) {
    path = next;
    path.begin(depth);
  }

  private void follow(byte first, int depth) {
    if (path.isGrowing()) {
      if (first == '[') {
        path.listBegins();
      } else {
        path.stop();
        if (first == '{' && holdsNamedInputs()) {
          memberDepth = depth + 1;
        }
      }
    }
    update();
  }

  private boolean holdsNamedInputs() {
    boolean inRows = instances != ABSENT;
    return path.equals(whole) && path.rank() == (inRows ? 1 : 0);
  }

  private void update() {
    tracing = path.isGrowing();
    watched = Math.max(whole.innermost(), member.innermost());
  }

  void elements(int depth, int more) {
    if (member.contains(depth)) {
      member.elements(depth, more);
    } else if (whole.contains(depth)) {
      whole.elements(depth, more);
    }
  }

  void containerEnds(int depth) {
    if (depth == memberDepth) {
      endMember();
      memberDepth = ABSENT;
      path = whole;
    } else if (member.contains(depth)) {
      member.listEnds();
    } else if (whole.contains(depth)) {
      whole.listEnds();
    }
    update();
  }

  private void endMember() {
    if (memberKey == ABSENT) {
      return;
    }
    int[] sizes = member.sizes();
    int needed = membersEnd + Members.FIXED + sizes.length;
    if (needed > members.length) {
      members = Arrays.copyOf(members, Math.max(needed + 8, members.length * 2));
    }
    members[membersEnd] = memberKey;
    members[membersEnd + 1] = memberValue;
    members[membersEnd + 2] = sizes.length;
    System.arraycopy(sizes, 0, members, membersEnd + Members.FIXED, sizes.length);
    membersEnd = needed;
    memberKey = ABSENT;
  }

  /** Members in one array: key position, value position, rank, sizes; and again. Not shared. */
  static final class Members {

    private static final int FIXED = 3;

    private final int[] packed;
    private int at = -FIXED;
    private int rank;

    private Members(int[] packed) {
      this.packed = packed;
    }

    /** Goes to the next member; false behind the last. */
    boolean next() {
      at += FIXED + rank;
      rank = at < packed.length ? packed[at + 2] : 0;
      return at < packed.length;
    }

    /** Where the key's opening quotation mark stands. */
    int key() {
      return packed[at];
    }

    /** Where the value begins. */
    int value() {
      return packed[at + 1];
    }

    /** Sizes of the first lists of the value. */
    int[] sizes() {
      return Arrays.copyOfRange(packed, at + FIXED, at + FIXED + rank);
    }
  }
}
