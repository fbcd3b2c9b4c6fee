# shellcheck shell=bash disable=SC2034
# Java for the guest: sources compiled, and a runtime with just the modules that they need, both by the JDK in the cache. A recipe that
# uses this part has JAVA_PACKAGES among its packages.

JAVA_PACKAGES=(openjdk-17-jdk-headless openjdk-17-jre-headless libstdc++6 zlib1g)

# jdk_tool MODULE/CLASS ARGUMENT...: runs javac, jlink and the like out of the cache.
jdk_tool() {
    "$(java_home openjdk-17-jre-headless)/bin/java" -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -m "$@"
}

java_home() {
    printf '%s' "${PACKAGE_FOLDER[$1]}/usr/lib/jvm/java-17-openjdk-amd64"
}

# compile_java OUTPUT-FOLDER SOURCE...: compiles against the module java.base alone.
compile_java() {
    local output=$1
    shift
    mkdir -p "$output"
    jdk_tool jdk.compiler/com.sun.tools.javac.Main -nowarn -g:source,lines --limit-modules java.base -d "$output" "$@" ||
        fail "cannot compile the Java sources"
}

# install_java_runtime ROOT FOLDER MODULES: FOLDER/bin/java in ROOT, with the modules (separated by commas) and the shared libraries that
# it needs. There is no class data sharing archive: java -Xshare:dump writes other bytes each time, and what it saves of a boot is as
# nothing for a clone.
install_java_runtime() {
    local root=$1 runtime="$1$2" file name
    mkdir -p "$(dirname "$runtime")"
    jdk_tool jdk.jlink/jdk.tools.jlink.internal.Main --module-path "$(java_home openjdk-17-jdk-headless)/jmods" --add-modules "$3" \
        --output "$runtime" --strip-java-debug-attributes --no-man-pages --no-header-files --compress=0 ||
        fail "cannot make the Java runtime"
    rm -rf "$runtime/legal" "$runtime"/bin/keytool
    find "$runtime" -name '*.so' -exec strip --strip-debug {} + -exec chmod 644 {} +
    for file in "$runtime/bin/java" "$runtime"/lib/*.so "$runtime"/lib/server/*.so; do
        for name in $(readelf --dynamic "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
            [[ ! -e $runtime/lib/$name && ! -e $runtime/lib/server/$name ]] || continue
            [[ -e $root/usr/lib/x86_64-linux-gnu/$name ]] ||
                { install -D --mode=644 "$(find_library "$name")" "$root/usr/lib/x86_64-linux-gnu/$name" &&
                    copy_libraries "$root/usr/lib/x86_64-linux-gnu/$name" "$root"; }
        done
    done
    [[ -e $root/lib64/ld-linux-x86-64.so.2 ]] ||
        install -D --mode=755 "$(find_library ld-linux-x86-64.so.2)" "$root/lib64/ld-linux-x86-64.so.2"
}
