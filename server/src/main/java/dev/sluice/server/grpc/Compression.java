package dev.sluice.server.grpc;

import io.grpc.Codec;
import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Compresses an answer with gzip where the request came compressed, or all of them where that was
 * asked for; and never for a client that does not say that it takes gzip, which grpc sees to.
 * Immutable.
 *
 * @param always whether the request does not matter
 */
record Compression(boolean always) implements ServerInterceptor {

  private static final String GZIP = "gzip";
  private static final Metadata.Key<String> ENCODING =
      Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);

  /** What is read: gzip, and deflate, which gRPC's C library also has. */
  static final DecompressorRegistry ENCODINGS =
      DecompressorRegistry.emptyInstance()
          .with(Codec.Identity.NONE, false)
          .with(new Unpacked(GZIP, GZIPInputStream::new), true)
          .with(new Unpacked("deflate", InflaterInputStream::new), true); // the zlib format

  @Override
  public <Q, S> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, S> call, Metadata headers, ServerCallHandler<Q, S> next) {
    if (always || isCompressed(headers.get(ENCODING))) {
      call.setCompression(GZIP);
    }
    return next.startCall(call, headers);
  }

  private static boolean isCompressed(@Nullable String encoding) {
    return encoding != null && !encoding.equals(Codec.Identity.NONE.getMessageEncoding());
  }

  private record Unpacked(String name, Inflating.Opening opening) implements Decompressor {
    @Override
    public String getMessageEncoding() {
      return name;
    }

    @Override
    public InputStream decompress(InputStream packed) throws IOException {
      return new Inflating(packed, opening);
    }
  }
}
