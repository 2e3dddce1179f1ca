package dev.sluice.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A row whose sides are servers. */
final class ServerContest implements Contest {

  private final Servers servers;
  private final List<Side> sides;
  private final List<Supplier<String>> notes = new ArrayList<>();

  private ServerContest(Servers servers, List<Side> sides) {
    this.servers = servers;
    this.sides = List.copyOf(sides);
  }

  /** Starts servers and says what is measured of them. */
  @FunctionalInterface
  interface Opening {
    /**
     * Starts all that the row needs.
     *
     * @param servers takes over what is started
     */
    List<Side> open(Servers servers) throws Exception;
  }

  /** Starts the servers and lets every side get warm; ends them if one of both fails. */
  static ServerContest open(Workshop workshop, Opening opening) throws Exception {
    Servers servers = new Servers();
    try {
      List<Side> sides = opening.open(servers);
      WarmUp.of(workshop).warm(sides);
      return new ServerContest(servers, sides);
    } catch (Throwable failure) {
      servers.close();
      throw failure;
    }
  }

  /** Of servers that are warm; takes them over. */
  static ServerContest of(Servers servers, List<Side> sides) {
    return new ServerContest(servers, sides);
  }

  /** The same with a sentence for the reader. */
  ServerContest note(String sentence) {
    return note(() -> sentence);
  }

  /** The same with a sentence that can be said after the rounds only. */
  ServerContest note(Supplier<String> sentence) {
    notes.add(sentence);
    return this;
  }

  @Override
  public List<Side> sides() {
    return sides;
  }

  @Override
  public List<String> notes() {
    return notes.stream().map(Supplier::get).toList();
  }

  @Override
  public void close() {
    servers.close();
  }
}
