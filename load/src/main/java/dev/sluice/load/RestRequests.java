package dev.sluice.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Whole requests of HTTP/1.1. */
final class RestRequests implements LoadProtocol {

  private final List<ByteBuf> encoded;

  RestRequests(LoadTarget.Rest target, List<byte[]> bodies) {
    encoded = bodies.stream().map(body -> encode(target, body)).toList();
  }

  /** One of them, to be released by whoever writes it. */
  ByteBuf get(int request) {
    return encoded.get(request).retainedDuplicate();
  }

  @Override
  public LoadConnection connection(LoadLoop load) {
    return new RestConnection(load, this);
  }

  @Override
  public void close() {
    encoded.forEach(ByteBuf::release);
  }

  private static ByteBuf encode(LoadTarget.Rest target, byte[] body) {
    StringBuilder head = new StringBuilder(200);
    head.append("POST ").append(target.path()).append(" HTTP/1.1\r\n");
    line(head, "host", target.address().getHostString() + ":" + target.address().getPort());
    line(head, "content-type", "application/json");
    line(head, "content-length", String.valueOf(body.length));
    target.headers().forEach((name, value) -> line(head, name, value));
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    return Unpooled.directBuffer(start.length + body.length).writeBytes(start).writeBytes(body);
  }

  private static void line(StringBuilder head, String name, String value) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
}
