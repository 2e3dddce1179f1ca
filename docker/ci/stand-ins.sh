# Sourced: makes images that stand in for the public ones which the Dockerfile begins with, under their names, so that it can be built as it is
# without a registry. They are made of this machine's own package sources, JDK and Maven repository, so what is built on them is for tests only:
# it carries this machine's certificates. `stand_ins FOLDER` returns 1 with the reason in stand_ins_reason.

stand_ins_reason=
suite=trixie

stand_ins() {
  local root=$1/root sources=$1/suite.sources
  stand_ins_sources >"$sources" || { stand_ins_reason="this machine's package sources are not Debian's"; return 1; }
  if ! mmdebstrap -q --variant=minbase --mode=root --aptopt='Acquire::Retries "3"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    "$suite" "$root" "$sources" >"$1/mmdebstrap.log" 2>&1; then
    stand_ins_reason="Debian $suite can't be fetched: $(tail -n 2 "$1/mmdebstrap.log" | tr '\n' ' ' | cut -c 1-400)"
    return 1
  fi
  local path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  tar -C "$root" -c . | docker import -c "ENV PATH=$path" - "debian:$suite-slim" >/dev/null || { stand_ins_reason="docker import failed"; return 1; }
  stand_ins_jdk "$root"
  tar -C "$root" -c . | docker import -c "ENV JAVA_HOME=/opt/java/openjdk LANG=C.UTF-8 PATH=/opt/java/openjdk/bin:$path" - \
    eclipse-temurin:25-jdk >/dev/null || { stand_ins_reason="docker import failed"; return 1; }
  rm -rf "$root"
}

# This machine's sources, for another suite of the same archive.
stand_ins_sources() {
  # shellcheck disable=SC1091 # the system's own
  . /etc/os-release
  local from=/etc/apt/sources.list.d/debian.sources
  [ -f "$from" ] || from=/etc/apt/sources.list
  [ "${ID-}" = debian ] && [ -n "${VERSION_CODENAME-}" ] && [ -f "$from" ] || return 1
  sed "/^ *#/d; s/\b$VERSION_CODENAME\b/$suite/g" "$from"
}

# The JDK where Temurin's image has it, and what Maven has downloaded already.
stand_ins_jdk() {
  mkdir -p "$1/opt/java/openjdk" "$1/root/.m2"
  cp -a "$JAVA_HOME/." "$1/opt/java/openjdk/"
  rm -f "$1/opt/java/openjdk/lib/src.zip"
  # Debian's JDKs link to the system's.
  cp --remove-destination -L "$JAVA_HOME/lib/security/cacerts" "$1/opt/java/openjdk/lib/security/cacerts"
  local part
  for part in repository wrapper; do
    [ ! -d "$HOME/.m2/$part" ] || cp -a "$HOME/.m2/$part" "$1/root/.m2/"
  done
}
