package dev.sluice.server;

import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.function.Consumer;

/**
 * The signals with which a process is asked to end. The JDK has no public way to hear of them: a
 * shutdown hook runs at the first one, and nobody learns of the second. So this goes by {@code
 * sun.misc.Signal}, which the module {@code jdk.unsupported} offers; by reflection, since javac
 * warns of that type wherever it is named, and warnings are errors here.
 */
final class Signals {

  private static final System.Logger LOG = System.getLogger(ServerProcess.class.getName());

  /** Those whose default is to end the JVM in good order. */
  private static final List<String> ENDING = List.of("TERM", "INT", "HUP");

  private Signals() {}

  /**
   * A signal.
   *
   * @param name without {@code SIG}
   * @param number as in exit statuses, which are 128 more
   */
  record Signal(String name, int number) {}

  /**
   * Has each signal that ends a process handled by this instead, on a thread of its own. One that
   * the process was started to ignore stays ignored. Does nothing where the JVM is told to leave
   * signals alone, as by {@code -Xrs}.
   */
  static void handle(Consumer<Signal> action) {
    try {
      for (String name : ENDING) {
        handle(name, action);
      }
    } catch (ReflectiveOperationException refused) {
      LOG.log(Level.DEBUG, "Signals can't be handled, so a second one changes nothing", refused);
    }
  }

  private static void handle(String name, Consumer<Signal> action)
      throws ReflectiveOperationException {
    Class<?> type = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Object signal = type.getConstructor(String.class).newInstance(name);
    Signal ours = new Signal(name, (int) type.getMethod("getNumber").invoke(signal));
    MethodHandle called =
        MethodHandles.lookup()
            .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
            .bindTo((Runnable) () -> action.accept(ours));
    Object ofThem =
        MethodHandleProxies.asInterfaceInstance(
            handler, MethodHandles.dropArguments(called, 0, type));
    var _ = type.getMethod("handle", type, handler).invoke(null, signal, ofThem);
  }
}
