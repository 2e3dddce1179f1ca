package dev.sluice.server.grpc;

import dev.sluice.status.StatusException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * The file that stands for a UNIX socket. A process that ended without warning leaves its file
 * behind, and nobody can listen there until it is gone: so a socket on which nobody listens is
 * removed, and nothing else ever is.
 */
final class SocketFile implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(SocketFile.class.getName());

  private static final int TYPE = 0170000;
  private static final int SOCKET = 0140000;

  private final Path path;

  private SocketFile(Path path) {
    this.path = path;
  }

  /**
   * Makes room for a socket.
   *
   * @throws StatusException INVALID_ARGUMENT if there is something else, or someone who listens
   */
  static SocketFile prepare(Path path) {
    try {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        removeStale(path);
      }
      return new SocketFile(path);
    } catch (IOException failure) {
      throw refusal(path, failure.toString());
    }
  }

  private static void removeStale(Path path) throws IOException {
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((mode & TYPE) != SOCKET) {
      throw refusal(path, "there is a file that is no socket");
    }
    if (someoneListens(path)) {
      throw refusal(path, "another process listens there");
    }
    LOG.log(Level.INFO, "Removed the UNIX socket {0}, on which nobody listened", path);
    Files.delete(path);
  }

  private static boolean someoneListens(Path path) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(path));
    } catch (ConnectException refused) {
      return false;
    }
  }

  private static StatusException refusal(Path path, String why) {
    return StatusException.invalidArgument(
        "Failed to BuildAndStart gRPC server: cannot listen on UNIX socket %s (%s)", path, why);
  }

  /** Removes the socket, where the transport has not done so. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException failure) {
      LOG.log(Level.WARNING, "The UNIX socket " + path + " could not be removed: " + failure);
    }
  }
}
