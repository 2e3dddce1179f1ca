package dev.sluice.bench.rival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpEchoTest {

  private static final String BODY =
      "{\n    \"predictions\": [[22.5329342], [14.3190708], [31.908434]]\n}";
  private static final String OK =
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
          + BODY.length()
          + "\r\n\r\n"
          + BODY;

  private final HttpEcho server = HttpEcho.start(EchoOptions.onPort(0));

  @AfterEach
  void stop() {
    server.close();
  }

  private Socket connect() throws IOException {
    return new Socket(server.address().getAddress(), server.address().getPort());
  }

  private static void send(Socket socket, String head, byte[] body) throws IOException {
    String request = head + "\r\nHost: h\r\nContent-Length: " + body.length + "\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(body);
  }

  private static String receive(InputStream stream, int bytes) throws IOException {
    return new String(stream.readNBytes(bytes), StandardCharsets.US_ASCII);
  }

  @Test
  void everyPostOnOneConnectionGetsThePrediction() throws IOException {
    try (Socket socket = connect()) {
      for (String path : new String[] {"/v1/models/m:predict", "/", "/v1/models/m:predict"}) {
        send(socket, "POST " + path + " HTTP/1.1", "{\"instances\": [1]}".getBytes());

        assertThat(receive(socket.getInputStream(), OK.length())).isEqualTo(OK);
      }
    }
  }

  @Test
  void requestsThatArriveTogetherAreAllAnswered() throws IOException {
    try (Socket socket = connect()) {
      String request = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}";
      socket.getOutputStream().write(request.repeat(3).getBytes(StandardCharsets.US_ASCII));

      assertThat(receive(socket.getInputStream(), 3 * OK.length())).isEqualTo(OK.repeat(3));
    }
  }

  @Test
  void largeBodyIsReadWhole() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "POST / HTTP/1.1", new byte[3 << 20]);
      send(socket, "POST / HTTP/1.1", new byte[1]);

      assertThat(receive(socket.getInputStream(), 2 * OK.length())).isEqualTo(OK.repeat(2));
    }
  }

  @Test
  void connectionClosesWhereTheClientSaysSo() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "POST / HTTP/1.1\r\nConnection: close", new byte[1]);

      assertThat(readAll(socket)).startsWith("HTTP/1.1 200 OK\r\n").endsWith(BODY);
    }
  }

  @Test
  void otherMethodsAreNotAllowed() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "GET / HTTP/1.1\r\nConnection: close", new byte[0]);

      assertThat(readAll(socket)).startsWith("HTTP/1.1 405 Method Not Allowed\r\n");
    }
  }

  @Test
  void whatIsNotHttpIsABadRequest() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "nonsense", new byte[0]);

      assertThat(readAll(socket)).startsWith("HTTP/1.1 400 Bad Request\r\n");
    }
  }

  private static String readAll(Socket socket) throws IOException {
    InputStream stream = new BufferedInputStream(socket.getInputStream());
    return new String(stream.readAllBytes(), StandardCharsets.US_ASCII);
  }

  @Test
  void portThatIsTakenIsRefused() {
    EchoOptions taken = EchoOptions.onPort(server.address().getPort());

    assertThatIllegalStateException()
        .isThrownBy(() -> HttpEcho.start(taken))
        .withMessageStartingWith("can't listen on ");
  }

  @Test
  void listensOnTheLoopbackAddressOnly() {
    assertThat(server.address().getAddress().isLoopbackAddress()).isTrue();
  }
}
