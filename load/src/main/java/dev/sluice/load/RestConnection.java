package dev.sluice.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;

/** HTTP/1.1 with one request at a time. */
final class RestConnection extends LoadConnection {

  private final RestRequests requests;
  private final Slot slot = new Slot(this);
  private final List<Slot> slots = List.of(slot);
  private final HttpAnswerReader answer;

  RestConnection(LoadLoop load, RestRequests requests) {
    super(load);
    this.requests = requests;
    LoadCheck check = load.plan().check();
    this.answer = new HttpAnswerReader(status -> status != check.status() || check.bytes() != null);
  }

  @Override
  List<Slot> slots() {
    return slots;
  }

  @Override
  void send(Slot which) {
    ByteBuf request = requests.get(which.request);
    load.tally().bytesSent += request.readableBytes();
    var _ = channel().write(request, channel().voidPromise());
    written();
  }

  /** HTTP/1.1 has no other way to take a request back. */
  @Override
  void giveUp(Slot which) {
    end("timed out");
  }

  @Override
  public void channelActive(ChannelHandlerContext context) throws Exception {
    super.channelActive(context);
    load.up(this);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    while (!over() && in.isReadable()) {
      int before = in.readerIndex();
      boolean whole = answer.read(in);
      load.tally().bytesReceived += in.readerIndex() - before;
      if (whole) {
        complete();
      }
    }
    if (over()) {
      in.skipBytes(in.readableBytes());
    }
  }

  private void complete() {
    if (!slot.busy) {
      end("status " + answer.status() + " without a request");
      return;
    }
    load.answered(slot, answer.status(), answer.body());
    if (answer.closes()) {
      end("the server closed the connection");
    } else {
      load.ready(slot);
    }
  }
}
