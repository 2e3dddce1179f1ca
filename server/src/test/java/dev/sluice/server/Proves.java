package dev.sluice.server;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the flags of which a test sees the effect on a server that was started with them: {@code
 * --port}. It fails where the server takes no notice of them.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Proves {

  /** The flags, with their dashes and without values. */
  String[] value();
}
