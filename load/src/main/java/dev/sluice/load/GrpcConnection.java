package dev.sluice.load;

import dev.sluice.status.StatusException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 as far as unary calls need it: many streams at a time, flow control both ways, answers
 * read frame by frame. All that one turn of the event loop has to say goes in one write.
 */
final class GrpcConnection extends LoadConnection {

  private static final int OK = 0;
  private static final int CANCELLED = 1;
  private static final int UNKNOWN = 2;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int INTERNAL = 13;
  private static final int UNAVAILABLE = 14;

  private static final int LAST_STREAM = Integer.MAX_VALUE - 1;
  private static final int SETTING_BYTES = 6;
  private static final int MOST_HEADER_BYTES = 1 << 16;

  /** The server's window on the connection is opened again when it is half used. */
  private static final int WINDOW_STEP = Http2.LARGEST_WINDOW / 2;

  private final GrpcRequests requests;
  private final boolean keepAnswers;
  private final List<GrpcStream> slots;
  private final IntObjectHashMap<GrpcStream> open = new IntObjectHashMap<>();
  private final GrpcSender sender;
  private final AnswerHeaders headers = new AnswerHeaders();

  private @Nullable RequestHeaders requestHeaders;
  private @Nullable ByteBuf out;

  /** A header block that goes on in the next frame, and whether its stream ends with it. */
  private @Nullable ByteBuf block;

  private boolean blockIsLast;

  private int nextStream = 1;
  private boolean draining;
  private int consumed;

  GrpcConnection(LoadLoop load, GrpcRequests requests) {
    super(load);
    this.requests = requests;
    this.sender = new GrpcSender(requests, this::out);
    this.keepAnswers = load.plan().check().bytes() != null;
    this.slots =
        IntStream.range(0, load.plan().pace().streams())
            .mapToObj(i -> new GrpcStream(this))
            .toList();
  }

  @Override
  List<GrpcStream> slots() {
    return slots;
  }

  @Override
  void send(Slot slot) {
    if (!(slot instanceof GrpcStream stream) || requestHeaders == null) {
      throw new IllegalStateException("not a stream of this connection, or it is not up");
    }
    byte[] fields = nextStream == 1 ? requestHeaders.first() : requestHeaders.later();
    stream.begin(nextStream, sender.streamWindow());
    open.put(nextStream, stream);
    nextStream += 2;
    Http2.frame(out(), fields.length, Http2.HEADERS, Http2.END_HEADERS, stream.id);
    out().writeBytes(fields);
    sender.send(stream);
  }

  @Override
  void giveUp(Slot slot) {
    if (slot instanceof GrpcStream stream && open.remove(stream.id) != null) {
      var _ = sender.stop(stream);
      Http2.reset(out(), stream.id, Http2.CANCEL);
      free(stream);
    }
  }

  @Override
  void beforeFlush() {
    if (out != null) {
      load.tally().bytesSent += out.readableBytes();
      var _ = channel().write(out, channel().voidPromise());
      out = null;
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext context) throws Exception {
    super.channelActive(context);
    Http2.hello(out());
    load.flushAll();
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    ReferenceCountUtil.release(out);
    ReferenceCountUtil.release(block);
    out = null;
    block = null;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> none) {
    while (!over() && in.readableBytes() >= Http2.FRAME_HEAD) {
      int start = in.readerIndex();
      int length = in.getUnsignedMedium(start);
      if (length > Http2.MOST_PAYLOAD) {
        throw malformed("a frame of " + length + " bytes");
      }
      int end = start + Http2.FRAME_HEAD + length;
      int readable = in.writerIndex();
      if (end > readable) {
        return;
      }
      load.tally().bytesReceived += end - start;
      // The buffer is made to end with the frame, rather than making an object for each.
      in.writerIndex(end).readerIndex(start + Http2.FRAME_HEAD);
      int stream = in.getInt(start + 5) & Integer.MAX_VALUE;
      frame(in.getUnsignedByte(start + 3), in.getUnsignedByte(start + 4), stream, in);
      in.writerIndex(readable).readerIndex(end);
    }
    if (over()) {
      in.skipBytes(in.readableBytes());
    }
  }

  private void frame(int type, int flags, int stream, ByteBuf in) {
    switch (type) {
      case Http2.DATA -> data(flags, open.get(stream), in);
      case Http2.HEADERS -> headers(flags, stream, in);
      case Http2.CONTINUATION -> continuation(flags, stream, in);
      case Http2.RST_STREAM -> reset(open.get(stream), in.readInt());
      case Http2.SETTINGS -> {
        if ((flags & Http2.ACK) == 0) {
          settings(in);
        }
      }
      case Http2.PING -> {
        if ((flags & Http2.ACK) == 0) {
          Http2.pingAck(out(), in.readLong());
        }
      }
      case Http2.GOAWAY -> drain(in.readInt() & Integer.MAX_VALUE);
      case Http2.WINDOW_UPDATE -> moreWindow(stream, in.readInt() & Integer.MAX_VALUE);
      default -> {
        // A client must ignore what it does not know.
      }
    }
  }

  private void data(int flags, @Nullable GrpcStream stream, ByteBuf in) {
    consumed += in.readableBytes();
    if (consumed > WINDOW_STEP) {
      Http2.windowUpdate(out(), consumed);
      consumed = 0;
    }
    unpad(flags, in);
    if (stream != null) {
      if (keepAnswers) {
        stream.keep(in);
      }
      if ((flags & Http2.END_STREAM) != 0) {
        ended(stream);
      }
    }
  }

  private void headers(int flags, int stream, ByteBuf in) {
    unpad(flags, in);
    if ((flags & Http2.PRIORITY) != 0) {
      in.skipBytes(5);
    }
    boolean last = (flags & Http2.END_STREAM) != 0;
    if ((flags & Http2.END_HEADERS) != 0) {
      headerBlock(stream, last, in);
    } else {
      block = channel().alloc().buffer().writeBytes(in);
      blockIsLast = last;
    }
  }

  private void continuation(int flags, int stream, ByteBuf in) {
    ByteBuf whole = block;
    if (whole == null || whole.readableBytes() > MOST_HEADER_BYTES) {
      throw malformed("header fields without a beginning or without an end");
    }
    whole.writeBytes(in);
    if ((flags & Http2.END_HEADERS) != 0) {
      headerBlock(stream, blockIsLast, whole);
      whole.release();
      block = null;
    }
  }

  private void headerBlock(int id, boolean last, ByteBuf fields) {
    int code = headers.read(id, fields);
    GrpcStream stream = open.get(id);
    if (stream != null) {
      stream.code = code == AnswerHeaders.NONE ? stream.code : code;
      if (last) {
        ended(stream);
      }
    }
  }

  private void reset(@Nullable GrpcStream stream, int reason) {
    if (stream != null) {
      stream.code =
          switch (reason) {
            case Http2.REFUSED_STREAM -> UNAVAILABLE;
            case Http2.CANCEL -> CANCELLED;
            case Http2.ENHANCE_YOUR_CALM -> RESOURCE_EXHAUSTED;
            default -> INTERNAL;
          };
      var _ = sender.stop(stream);
      ended(stream);
    }
  }

  private void ended(GrpcStream stream) {
    open.remove(stream.id);
    if (sender.stop(stream)) {
      // It was answered before it was all sent.
      Http2.reset(out(), stream.id, Http2.CANCEL);
    }
    int code = stream.code == AnswerHeaders.NONE ? UNKNOWN : stream.code;
    CharSequence words = headers.message();
    ByteBuffer bytes =
        code == OK || words == null
            ? stream.message()
            : ByteBuffer.wrap(words.toString().getBytes(StandardCharsets.UTF_8));
    load.answered(stream, code, bytes);
    free(stream);
  }

  private void free(GrpcStream stream) {
    draining |= nextStream >= LAST_STREAM;
    if (!draining) {
      load.ready(stream);
    } else if (open.isEmpty()) {
      end("the server is going away");
    }
  }

  private void settings(ByteBuf in) {
    int tableSize = RequestHeaders.TABLE_SIZE;
    while (in.readableBytes() >= SETTING_BYTES) {
      int setting = in.readUnsignedShort();
      long value = in.readUnsignedInt();
      switch (setting) {
        case Http2.SETTING_TABLE_SIZE -> tableSize = (int) Math.min(value, Integer.MAX_VALUE);
        case Http2.SETTING_STREAMS -> checkStreams(value);
        case Http2.SETTING_WINDOW ->
            sender.streamWindow((int) Math.min(value, Http2.LARGEST_WINDOW), open.values());
        default -> {
          // The others are limits that a load does not reach.
        }
      }
    }
    Http2.settingsAck(out());
    if (!over() && requestHeaders == null) {
      requestHeaders = RequestHeaders.of(requests.target(), tableSize);
      load.up(this);
    }
  }

  private void checkStreams(long most) {
    if (most < slots.size()) {
      end("the server allows " + most + " streams on a connection, not " + slots.size());
    }
  }

  private void moreWindow(int id, int bytes) {
    if (id == 0) {
      sender.more(bytes);
    } else {
      GrpcStream stream = open.get(id);
      if (stream != null) {
        sender.more(stream, bytes);
      }
    }
  }

  /** No new streams; those above the last one will have no answer. */
  private void drain(int last) {
    draining = true;
    load.retire(this);
    for (GrpcStream stream : List.copyOf(open.values())) {
      if (stream.id > last) {
        reset(stream, Http2.REFUSED_STREAM);
      }
    }
    if (open.isEmpty()) {
      end("the server is going away");
    }
  }

  /** What goes with the next flush. */
  private ByteBuf out() {
    ByteBuf buffer = out;
    if (buffer == null) {
      buffer = channel().alloc().ioBuffer();
      out = buffer;
      written();
    }
    return buffer;
  }

  private static void unpad(int flags, ByteBuf in) {
    if ((flags & Http2.PADDED) != 0) {
      int padding = in.readUnsignedByte();
      if (padding > in.readableBytes()) {
        throw malformed("more padding than frame");
      }
      in.writerIndex(in.writerIndex() - padding);
    }
  }

  private static StatusException malformed(String what) {
    return StatusException.unavailable("the answer is not understood: %s", what);
  }
}
