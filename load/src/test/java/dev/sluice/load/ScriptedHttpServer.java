package dev.sluice.load;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A server of HTTP/1.1 that a test tells what to answer. */
final class ScriptedHttpServer implements AutoCloseable {

  /** What to do with a request. */
  interface Script {
    /**
     * The answer's bytes.
     *
     * @param number of the request, from 0, over all connections
     * @return the bytes to write; null to end the connection without an answer
     */
    byte[] answer(int number, Request request);
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Request(String head, byte[] body) {}

  final AtomicInteger requests = new AtomicInteger();
  final AtomicInteger connections = new AtomicInteger();
  private final ServerSocket listener;
  private final Script script;
  private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());

  private ScriptedHttpServer(ServerSocket listener, Script script) {
    this.listener = listener;
    this.script = script;
  }

  static ScriptedHttpServer start(Script script) {
    try {
      ServerSocket listener = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
      ScriptedHttpServer server = new ScriptedHttpServer(listener, script);
      Thread.ofVirtual().start(server::accept);
      return server;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static byte[] ok(byte[] body) {
    return answer("200 OK", "", body);
  }

  static byte[] answer(String status, String headers, byte[] body) {
    byte[] head =
        ("HTTP/1.1 " + status + "\r\nContent-Length: " + body.length + "\r\n" + headers + "\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[head.length + body.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(body, 0, all, head.length, body.length);
    return all;
  }

  /** Blocks until the clock shows that time. */
  static void waitUntil(long nanoTime) {
    long left;
    while ((left = nanoTime - System.nanoTime()) > 0) {
      LockSupport.parkNanos(left);
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  LoadTarget target() {
    return LoadTarget.rest(address(), "/v1/models/m:predict");
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = listener.accept();
        socket.setTcpNoDelay(true);
        sockets.add(socket);
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        Request request = read(in);
        byte[] answer = script.answer(requests.getAndIncrement(), request);
        if (answer == null) {
          return;
        }
        socket.getOutputStream().write(answer);
        if (new String(answer, StandardCharsets.ISO_8859_1).contains("Connection: close")) {
          return;
        }
      }
    } catch (EOFException | SocketException gone) {
      // The client is gone.
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Request read(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      head.append((char) next);
    }
    String text = head.toString();
    int at = text.indexOf("content-length: ") + "content-length: ".length();
    int length = Integer.parseInt(text.substring(at, text.indexOf('\r', at)));
    return new Request(text, in.readNBytes(length));
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : List.copyOf(sockets)) {
      socket.close();
    }
  }
}
