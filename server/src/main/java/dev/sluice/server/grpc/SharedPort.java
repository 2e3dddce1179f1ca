package dev.sluice.server.grpc;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * What the port of gRPC needs to know where HTTP/1 is spoken there too.
 *
 * @param http takes a connection that speaks HTTP/1, on its event loop, and adds its handlers
 * @param patience how long a connection may take to show what it speaks; zero for as long as grpc
 *     gives a handshake
 */
public record SharedPort(Consumer<Channel> http, Duration patience) {}
