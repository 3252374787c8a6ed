package dev.gander.daemon;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The signals of the daemon, dae's: USR1 reload, USR2 suspend, HUP ignored, INT and TERM end it.
 * Closing gives them back to the JVM.
 *
 * <p>The handlers run on threads of the JVM's and must only pass the word on. HotSpot uses USR2 for
 * itself while Flight Recorder samples threads; the launcher moves it out of the way with {@code
 * _JAVA_SR_SIGNUM=35}. QUIT stays with the JVM: it prints a thread dump.
 *
 * <p>{@code sun.misc.Signal} is called reflectively: module jdk.unsupported exports it for exactly
 * this, but javac 25 warns at every mention of it and lets nothing silence that.
 */
final class Signals implements AutoCloseable {

  private final Map<String, Object> before = new LinkedHashMap<>();

  private Signals() {}

  static Signals install(Runnable reload, Runnable suspend, Runnable end) {
    Signals signals = new Signals();
    signals.on("USR1", reload);
    signals.on("USR2", suspend);
    signals.on("HUP", () -> {});
    signals.on("INT", end);
    signals.on("TERM", end);
    return signals;
  }

  private void on(String name, Runnable action) {
    try {
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              type.getClassLoader(), new Class<?>[] {type}, new Handler(name, action));
      before.put(name, handle(name, handler));
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("this Java cannot handle signals", e);
    }
  }

  /** Returns the handler until now. */
  private static Object handle(String name, Object handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      return signal
          .getMethod("handle", signal, type)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java cannot handle SIG" + name, e);
    }
  }

  @Override
  public void close() {
    before.forEach(Signals::handle);
    before.clear();
  }

  /** Stands behind {@code sun.misc.SignalHandler}. */
  private record Handler(String name, Runnable action) implements InvocationHandler {
    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) {
      return switch (method.getName()) {
        case "handle" -> {
          action.run();
          yield null;
        }
        case "equals" ->
            arguments != null
                && System.identityHashCode(proxy) == System.identityHashCode(arguments[0]);
        case "hashCode" -> System.identityHashCode(proxy);
        default -> "gander's handler of SIG" + name;
      };
    }
  }
}
