package dev.sluice.protocol;

import dev.sluice.model.Signature;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a request's model spec asks for.
 *
 * @param present whether the request has a model spec at all, be it an empty one
 * @param name the model's name; empty if none was sent
 * @param version the version asked for, any 64-bit number; an empty version message asks for 0
 * @param versionLabel the label asked for, maybe empty; absent where {@code version} is present
 * @param signatureName the signature's name as sent; empty means {@link Signature#DEFAULT_NAME}
 */
public record RequestedModel(
    boolean present,
    String name,
    OptionalLong version,
    Optional<String> versionLabel,
    String signatureName) {

  /** The signature that is meant: the default one where none is named. */
  public String signature() {
    return Signature.nameOrDefault(signatureName);
  }
}
