package dev.sluice.cli;

import dev.sluice.model.Signature;
import dev.sluice.status.StatusException;

/**
 * Asks a server, over one of its protocols. One call is one request; a client is used by one thread
 * at a time.
 *
 * <p>Whatever comes but an answer is a {@link StatusException}: the server's own text where it
 * refused, else what was expected and what came.
 */
interface PredictClient extends AutoCloseable {

  /**
   * A signature of the model.
   *
   * @param name empty for the default one
   */
  Signature signature(ModelTarget model, String name);

  /**
   * Asks for a prediction.
   *
   * @param body the JSON of the predict API: an object with {@code instances} or {@code inputs}
   * @return the answer in the same API's JSON, the same text over both protocols
   */
  byte[] predict(ModelTarget model, byte[] body);

  @Override
  void close();
}
