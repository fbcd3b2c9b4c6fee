# shellcheck shell=bash disable=SC2034
# The speech recognition guest: dictation on port 9001, commands by grammar on the ports of speech.properties. See docs/reference/speech.md.

# shellcheck source=/dev/null
. "$IMAGES/lib/java.sh"

SPEECH="$IMAGES/../speech"
SPHINX=(libpocketsphinx-dev libsphinxbase-dev)
RECIPE_PACKAGES=(pocketsphinx-en-us pocketsphinx-testdata "${SPHINX[@]}" "${JAVA_PACKAGES[@]}")
ROOT_MIB=512
IMAGE_LIMIT_MIB=300

# recipe_root ROOT PROGRAMS: adds the service, its models, its grammars and the recordings that warm it up.
recipe_root() {
    local root=$1 package folders=() sources=() models=/usr/share/pocketsphinx/model/en-us
    local recordings="${PACKAGE_FOLDER[pocketsphinx-testdata]}/usr/share/pocketsphinx/test/data"
    for package in "${SPHINX[@]}"; do folders+=("${PACKAGE_FOLDER[$package]}"); done
    "$SPEECH/build-worker" "$2/speech-worker" "${folders[@]}" || fail "cannot compile speech-worker"
    install --mode=755 "$2/speech-worker" "$root/usr/lib/kdcloudlet/speech-worker"
    mapfile -t sources < <(find "$SPEECH"/src/main/java/org/kdcloudlet/speech/{audio,recognizer,service} -name '*.java' | sort)
    compile_java "$root/usr/lib/speech/classes" "${sources[@]}"
    install_java_runtime "$root" /usr/lib/speech/runtime java.base
    mkdir -p "$root$models" "$root/etc/kdcloudlet/grammars" "$root/var/spool/speech" "$root/usr/share/speech/warm-up/"{dictation,commands}
    cp -r "${PACKAGE_FOLDER[pocketsphinx-en-us]}$models"/{en-us,en-us.lm.bin,cmudict-en-us.dict} "$root$models/"
    install --mode=644 "$SPEECH"/grammars/*.gram "$root/etc/kdcloudlet/grammars/"
    install --mode=644 "$recordings/librivox/sense_and_sensibility_01_austen_64kb-0880.wav" "$root/usr/share/speech/warm-up/dictation/"
    install --mode=644 "$recordings/cards/001.wav" "$root/usr/share/speech/warm-up/commands/"
    install --mode=644 "$IMAGES/speech/speech.properties" "$root/etc/kdcloudlet/speech.properties"
    chmod 1777 "$root/var/spool/speech"
    add_service speech 1000 - /usr/lib/speech/runtime/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xms24m -Xmx128m \
        -cp /usr/lib/speech/classes org.kdcloudlet.speech.service.Main /etc/kdcloudlet/speech.properties
}
