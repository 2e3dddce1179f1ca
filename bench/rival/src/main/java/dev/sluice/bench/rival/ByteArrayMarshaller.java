package dev.sluice.bench.rival;

import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Messages as their bytes, neither parsed nor built. */
final class ByteArrayMarshaller implements Marshaller<byte[]> {

  @Override
  public InputStream stream(byte[] message) {
    return new ByteArrayInputStream(message);
  }

  @Override
  public byte[] parse(InputStream stream) {
    try (stream) {
      return stream.readAllBytes();
    } catch (IOException failure) {
      throw Status.INTERNAL.withCause(failure).asRuntimeException();
    }
  }
}
