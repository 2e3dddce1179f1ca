package dev.sluice.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A wire to a server on a port of its own, which can be cut as a killed process cuts it. */
final class CutWire implements AutoCloseable {

  private final ServerSocket entry = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final int serverPort;

  CutWire(int serverPort) throws IOException {
    this.serverPort = serverPort;
    Thread.ofVirtual().start(this::accept);
  }

  String target() {
    return "127.0.0.1:" + entry.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = entry.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        sockets.add(client);
        sockets.add(server);
        Thread.ofVirtual().start(() -> copy(client, server));
        Thread.ofVirtual().start(() -> copy(server, client));
      }
    } catch (IOException closed) {
      // The end of the wire.
    }
  }

  private static void copy(Socket from, Socket to) {
    byte[] buffer = new byte[1 << 16];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    } catch (IOException cut) {
      // That is what it is for.
    }
  }

  /** Every connection ends with a reset, at once; new ones are taken. */
  void cut() throws IOException {
    for (Socket socket : sockets) {
      socket.setSoLinger(true, 0);
      socket.close();
    }
    sockets.clear();
  }

  @Override
  public void close() throws IOException {
    entry.close();
    cut();
  }
}
