package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.server.config.LoadedConfiguration;
import org.kdcloudlet.server.error.CloudletException;
import org.slf4j.LoggerFactory;

/** A server that cannot run says why in a sentence and leaves nothing behind that would be in the way of the next. */
class RefusedStartTest {
    @TempDir
    private Path folder;

    @Test
    void aSecondServerOnTheDataDirectory() {
        try (TestServer first = new TestServer(folder)) {
            assertThatThrownBy(() -> new TestServer(folder))
                    .isInstanceOf(CloudletException.class)
                    .hasMessageContaining("Another server")
                    .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
            assertThat(first.socket()).exists();
        }
    }

    @Test
    void aPortThatIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Map<String, Object> port = Map.of("device-api.port", taken.getLocalPort());
            assertThatThrownBy(() -> new TestServer(folder, port))
                    .isInstanceOf(CloudletException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
            Map<String, Object> health = Map.of("manager.port", taken.getLocalPort());
            assertThatThrownBy(() -> new TestServer(folder, health))
                    .isInstanceOf(CloudletException.class)
                    .hasMessageContaining("--manager-port");
        }
        assertAServerRuns();
    }

    @Test
    void aDataDirectoryTooDeepForASocket() {
        Path deep = folder.resolve("x".repeat(100));
        assertThatThrownBy(() -> new TestServer(deep))
                .isInstanceOf(CloudletException.class)
                .hasMessageContaining("too long");
    }

    @Test
    void aDataDirectoryThatIsAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> new TestServer(file)).isInstanceOf(CloudletException.class);
    }

    @Test
    void noHypervisor() {
        LoadedConfiguration configuration = LoadedConfiguration.load(
                Optional.empty(),
                Map.of(),
                Map.of("server.data", folder.toString(), "device-api.port", 0, "manager.port", 0));
        assertThatThrownBy(() -> CloudletServer.start(configuration, (machines, settings) -> {
                    throw new HypervisorException(HypervisorError.UNAVAILABLE, "QEMU is not installed");
                }))
                .hasMessage("QEMU is not installed");
        assertAServerRuns();
    }

    @Test
    void aRefusedStartIsNoFaultOfTheWebServer() {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        root.addAppender(said);
        try {
            for (int i = 0; i < 5; i++) {
                noHypervisor();
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("web-server-preload")));
        } finally {
            root.detachAppender(said);
        }
        assertThat(List.copyOf(said.list))
                .extracting(ILoggingEvent::getFormattedMessage)
                .noneMatch(message -> message.contains("stop gracefully") || message.contains("are loaded later"));
    }

    private void assertAServerRuns() {
        try (TestServer server = new TestServer(folder)) {
            assertThat(server.socket()).exists();
        }
    }
}
