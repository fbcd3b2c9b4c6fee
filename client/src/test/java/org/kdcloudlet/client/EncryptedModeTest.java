package org.kdcloudlet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.client.http.MalformedReplyException;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;

/** The cipher and derivations of the specification's vectors, and calls in encrypted mode to a fake. */
class EncryptedModeTest {
    private static final String DEVICE = "9774d56d682e549c";
    private static final String SERVER_KEY =
            "b3eacd33433b31b5252351032c9b3e7a2e7aa7738d5decdf0dd6c62680853c06".repeat(8);

    @TempDir
    Path folder;

    private FakeCloudlet fake;
    private CloudletClient client;
    private FileCredentialStore store;

    @BeforeEach
    void start() throws IOException {
        fake = new FakeCloudlet("ridge");
        fake.encrypt(SERVER_KEY + DEVICE);
        store = new FileCredentialStore(folder.resolve("cloudlets").toFile());
        client = CloudletClient.builder().deviceId(DEVICE).credentials(store).build();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        fake.close();
    }

    @Test
    void theEnvelopeIsThatOfTheVectors() throws Exception {
        String plaintext = "/servicevm/start&serviceId=org.example.speech&join=true";
        String sealed =
                "AAECAwQFBgcICQoLDA0OD1+DNPhKay45O88QghcasYdtYvO/cG+RjqjMJYZHmOkqJ9JmdpjwuuJrSHwPipZBd3wpUUSnB19z"
                        + "EADxissl+OA=";
        Envelope envelope = new Envelope("correct horse battery staple");
        assertThat(envelope.seal(vector(), plaintext.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(sealed);
        assertThat(envelope.open(sealed.getBytes(StandardCharsets.UTF_8)))
                .asString()
                .isEqualTo(plaintext);
        assertThat(envelope.seal(new byte[0])).isNotEqualTo(envelope.seal(new byte[0]));
    }

    /** The initialization vector of the specification's vectors. */
    private static byte[] vector() {
        byte[] vector = new byte[16];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (byte) i;
        }
        return vector;
    }

    @Test
    void passwordsAreThoseOfTheVectors() {
        assertThat(Credentials.encryptionPassword(SERVER_KEY + DEVICE))
                .isEqualTo("bad2ab55c7c8de1d990111c27b1c180d6d8416de1ed1cc2a6dea659a5c66794c");
        assertThat(Credentials.wifiPassword(SERVER_KEY + DEVICE))
                .isEqualTo("3a3076d48d2d55924720f665dbe6aa5486f1e9eae86bf28cd8d5508cb982c373");
    }

    @Test
    void commandsGoOutAndComeBackEncrypted() {
        store.putDeviceKey("ridge", SERVER_KEY + DEVICE);
        CloudletApi api = client.at(fake.cloudlet());
        assertThat(api.services()).extracting(Service::serviceId).containsExactly("org.example.speech");
        assertThat(api.join("org.example.speech").port()).isEqualTo(19398);
        assertThat(fake.requests)
                .containsExactly("/services", "/servicevm/start&serviceId=org.example.speech&join=true");
        assertThat(fake.headers).allSatisfy(headers -> assertThat(headers)
                .containsEntry("x-device-id", DEVICE)
                .containsEntry("content-type", "application/x-www-form-urlencoded"));
    }

    @Test
    void withoutACredentialNothingIsSent() {
        assertThatThrownBy(() -> client.at(fake.cloudlet()).services())
                .isInstanceOfSatisfying(CredentialException.class, e -> assertThat(e.isRetryable())
                        .isFalse());
        store.putDeviceKey("ridge", SERVER_KEY + DEVICE);
        try (CloudletClient nameless =
                CloudletClient.builder().credentials(store).build()) {
            assertThatThrownBy(() -> nameless.at(fake.cloudlet()).services()).isInstanceOf(CredentialException.class);
        }
        assertThat(fake.requests).isEmpty();
    }

    @Test
    void refusalsAreNotEncryptedAndShowWhatStandsBetweenTheMarks() {
        store.putDeviceKey("ridge", SERVER_KEY + DEVICE);
        fake.scripts.put("/services", FakeCloudlet.status(403, "#Authorization has expired#more"));
        assertThatThrownBy(() -> client.at(fake.cloudlet()).services())
                .isInstanceOfSatisfying(CloudletRefusedException.class, e -> {
                    assertThat(e.isAuthorizationMissing()).isTrue();
                    assertThat(e).hasMessageEndingWith("Authorization has expired.");
                });
    }

    @Test
    void aReplyThatCannotBeDecryptedIsTyped() {
        store.putDeviceKey("ridge", SERVER_KEY + DEVICE);
        for (String body : List.of("", "{\"services\":[]}", "AAAA", "A".repeat(64), "#nonsense")) {
            fake.scripts.put("/services", FakeCloudlet.status(200, body));
            assertThatThrownBy(() -> client.at(fake.cloudlet()).services())
                    .as(body)
                    .isInstanceOf(CloudletReplyException.class);
        }
    }

    @Test
    void whateverTheBytesAreTheEnvelopeIsOpenedOrRefused() {
        Envelope envelope = new Envelope("secret");
        List<byte[]> good = List.of(
                envelope.seal(vector(), new byte[100]).getBytes(StandardCharsets.US_ASCII),
                envelope.seal(vector(), new byte[0]).getBytes(StandardCharsets.US_ASCII));
        Fuzzing.of(EncryptedModeTest.class, "client-envelope")
                .run(Mutations.of(good).words("=", "==", "\n", "Salted__"), bytes -> {
                    try {
                        envelope.open(bytes);
                        return true;
                    } catch (MalformedReplyException e) {
                        return false;
                    }
                })
                .requireBoth();
    }

    @Test
    void secretsAreInNoMessage() throws Exception {
        store.putDeviceKey("ridge", SERVER_KEY + DEVICE + "x");
        String failure = "";
        try {
            client.at(fake.cloudlet()).services();
        } catch (CloudletException e) {
            java.io.StringWriter trace = new java.io.StringWriter();
            e.printStackTrace(new java.io.PrintWriter(trace));
            failure = trace.toString();
        }
        assertThat(failure)
                .isNotEmpty()
                .doesNotContain(SERVER_KEY.substring(0, 64))
                .doesNotContain(Credentials.encryptionPassword(SERVER_KEY + DEVICE + "x"));
    }

    @Test
    void keysAreInFilesForTheirOwnerAlone() throws IOException {
        store.putDeviceKey("ridge", "old");
        store.putDeviceKey("ridge", "new");
        Path file = folder.resolve("cloudlets/ridge/device.key");
        assertThat(file).content().isEqualTo("new");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwx------");
        assertThat(store.deviceKey("ridge")).contains("new");
        assertThat(store.deviceKey("other")).isEmpty();
        assertThat(new File(file.toFile().getParent()).list()).containsExactly("device.key");
    }

    @Test
    void namesFromTheNetworkLeadNowhereElse() throws IOException {
        Files.createDirectories(folder.resolve("elsewhere"));
        Files.writeString(folder.resolve("elsewhere/device.key"), "stolen");
        for (String name :
                List.of("../elsewhere", "..", ".", "", "a/../../elsewhere", "a\\b", "a\u0000", "x".repeat(64))) {
            assertThatThrownBy(() -> store.deviceKey(name)).as(name).isInstanceOf(CredentialException.class);
            assertThatThrownBy(() -> store.putDeviceKey(name, "key")).as(name).isInstanceOf(CredentialException.class);
        }
    }

    @Test
    void anEmptyOrHugeKeyFileIsTyped() throws IOException {
        store.putDeviceKey("ridge", " \n");
        assertThatThrownBy(() -> store.deviceKey("ridge")).isInstanceOf(CredentialException.class);
        Files.write(folder.resolve("cloudlets/ridge/device.key"), new byte[100_000]);
        assertThatThrownBy(() -> store.deviceKey("ridge")).isInstanceOf(CredentialException.class);
        Files.delete(folder.resolve("cloudlets/ridge/device.key"));
        Files.createDirectory(folder.resolve("cloudlets/ridge/device.key"));
        assertThatThrownBy(() -> store.deviceKey("ridge")).isInstanceOf(CredentialException.class);
    }
}
