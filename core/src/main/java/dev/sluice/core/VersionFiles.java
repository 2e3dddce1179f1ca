package dev.sluice.core;

import java.nio.file.Path;
import java.util.Optional;

/** How the files of a version are looked at. */
@FunctionalInterface
interface VersionFiles {

  /** The files of the operating system. */
  VersionFiles REAL = VersionWalk::read;

  /** What is there under this name now; empty if there is nothing of the name. */
  Optional<VersionTree> read(Path directory);
}
