package dev.sluice.server;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A connection to the REST port on which a test sends what it likes, byte by byte if it likes, and
 * reads one answer after the other. For one thread to write and one to read.
 */
final class RawHttp implements Closeable {

  /** An answer; header names are in lower case. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares answers
  record Answer(String statusLine, Map<String, String> headers, byte[] body) {

    int status() {
      return Integer.parseInt(statusLine.split(" ", 3)[1]);
    }

    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  private final Socket socket;
  private final InputStream in;

  RawHttp(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Over a connection that is there. */
  RawHttp(Socket connected) throws IOException {
    socket = connected;
    socket.setSoTimeout(60_000);
    socket.setTcpNoDelay(true);
    in = new java.io.BufferedInputStream(socket.getInputStream());
  }

  /** A request with a host, a length and no more headers than these, each ended by CR LF. */
  static String request(String method, String target, String headers, String body) {
    return method
        + " "
        + target
        + " HTTP/1.1\r\nHost: x\r\n"
        + headers
        + "Content-Length: "
        + body.getBytes(StandardCharsets.UTF_8).length
        + "\r\n\r\n"
        + body;
  }

  static String post(String target, String body) {
    return request("POST", target, "", body);
  }

  static String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
  }

  RawHttp send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  RawHttp send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** Sends, and takes it as said if the server has closed: what it said is there to be read. */
  RawHttp sendIfOpen(byte[] bytes) {
    try {
      send(bytes);
    } catch (IOException closed) {
      // read() tells
    }
    return this;
  }

  /** Ends the sending side only. */
  RawHttp endSending() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** The next answer, an interim one too. */
  Answer read() throws IOException {
    return read(true);
  }

  /** The answer to a HEAD request, which has a length and no body. */
  Answer readHead() throws IOException {
    return read(false);
  }

  private Answer read(boolean withBody) throws IOException {
    String status = line();
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    int length = withBody ? Integer.parseInt(headers.getOrDefault("content-length", "0")) : 0;
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the body ended after " + body.length + " of " + length + " bytes");
    }
    return new Answer(status, headers, body);
  }

  /** True once the server has closed and nothing is left to read. */
  boolean atEnd() throws IOException {
    try {
      return in.read() < 0;
    } catch (java.net.SocketException reset) {
      return true; // the server closed with bytes of ours unread
    }
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the connection ended after: " + line);
      }
      line.write(b);
    }
    return line.toString(StandardCharsets.ISO_8859_1).strip();
  }

  /** Goes away without a word: the other side sees the connection reset. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
