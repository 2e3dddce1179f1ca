package dev.sluice.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The connections of one thread of a load. Belongs to that thread. */
final class LoadConnections {

  /**
   * How a thread gets its connections.
   *
   * @param loop the thread
   * @param bootstrap connects on that loop; without a handler
   * @param protocol makes what handles a connection
   */
  record Wire(EventLoop loop, Bootstrap bootstrap, LoadProtocol protocol) {}

  private final Wire wire;
  private final List<LoadConnection> connections = new ArrayList<>();
  private final ArrayDeque<LoadConnection> dirty = new ArrayDeque<>();

  LoadConnections(Wire wire) {
    this.wire = wire;
  }

  /** Begins to connect; the loop hears from the connection what comes of it. */
  void open(LoadLoop load) {
    LoadConnection connection = wire.protocol().connection(load);
    connections.add(connection);
    ChannelFuture connecting =
        wire.bootstrap().clone().handler(connection).connect(load.plan().target().address());
    var _ =
        connecting.addListener(done -> {
          if (!done.isSuccess()) {
            connection.end(String.valueOf(done.cause().getMessage()));
          }
        });
  }

  void remove(LoadConnection connection) {
    connections.remove(connection);
  }

  /** Those that are there now: a copy, since they may end while they are looked at. */
  List<LoadConnection> all() {
    return List.copyOf(connections);
  }

  void flushLater(LoadConnection connection) {
    dirty.add(connection);
  }

  void flushAll() {
    LoadConnection connection;
    while ((connection = dirty.poll()) != null) {
      connection.flush();
    }
  }
}
