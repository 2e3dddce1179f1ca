# Sourced by mvnw and sluice: leaves JAVA_HOME pointing at a JDK 25 or newer, or ends the caller with one line that says
# what to install. Order: JAVA_HOME, java on the PATH, the folders where systems keep their JVMs. POSIX sh.

sluice_min_java=25

# Prints the feature version of the JDK at $1 (nothing where there is none, or only a JRE).
sluice_java_feature() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

sluice_is_jdk() {
  sluice_feature=$(sluice_java_feature "$1")
  [ -n "$sluice_feature" ] && [ "$sluice_feature" -ge "$sluice_min_java" ]
}

sluice_find_jdk() {
  if [ -n "${JAVA_HOME-}" ] && sluice_is_jdk "$JAVA_HOME"; then
    printf '%s\n' "$JAVA_HOME"
    return 0
  fi
  sluice_on_path=$(command -v javac || :)
  if [ -n "$sluice_on_path" ]; then
    sluice_on_path=$(readlink -f "$sluice_on_path")
    sluice_candidate=${sluice_on_path%/bin/javac}
    if sluice_is_jdk "$sluice_candidate"; then
      printf '%s\n' "$sluice_candidate"
      return 0
    fi
  fi
  # find rather than a glob: mvnw runs with globbing off.
  { find ${SLUICE_JVM_DIRS-/usr/lib/jvm /opt/java /Library/Java/JavaVirtualMachines "${HOME-/root}/.sdkman/candidates/java"} \
    -maxdepth 5 -path "*/bin/javac" 2>/dev/null || :; } | sort | while read -r sluice_javac; do
    sluice_candidate=${sluice_javac%/bin/javac}
    if sluice_is_jdk "$sluice_candidate"; then
      printf '%s\n' "$sluice_candidate"
      break
    fi
  done
}

sluice_jdk=$(sluice_find_jdk)
if [ -z "$sluice_jdk" ]; then
  echo "Sluice needs a JDK $sluice_min_java or newer and found none: install one (for example temurin-25-jdk or openjdk-25-jdk-headless) or point JAVA_HOME at it." >&2
  exit 1
fi
JAVA_HOME=$sluice_jdk
export JAVA_HOME
