package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.Progress;

/**
 * A server of its own process: starts a clone of the only template, or a guest that talks at its serial port, says its id, begins what it
 * was told to, and waits to be killed.
 */
final class ServerToKill {
    private ServerToKill() {}

    /** Starts it as a process. */
    static Process start(Path hypervisor, Object... what) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ServerToKill.class.getName(),
                hypervisor.toString()));
        for (Object word : what) {
            command.add(word.toString());
        }
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    public static void main(String[] arguments) throws InterruptedException, IOException {
        QemuHypervisor hypervisor = QemuLab.open(Path.of(arguments[0]));
        hypervisor.adopt();
        String what = arguments.length > 1 ? arguments[1] : "nothing";
        if (what.equals("serial")) {
            bootSerialGuest(hypervisor, Path.of(arguments[2]));
            new CountDownLatch(1).await();
        }
        Machine clone =
                hypervisor.clone(QemuLab.request(), hypervisor.templates().get(0));
        clone.awaitReady(QemuLab.READY);
        System.out.println(clone.id());
        if (what.equals("suspend")) {
            clone.suspend();
        } else if (what.equals("snapshot")) {
            clone.takeSnapshot("killed", Progress.NONE);
        }
        new CountDownLatch(1).await();
    }

    private static void bootSerialGuest(QemuHypervisor hypervisor, Path folder) throws IOException {
        Machine machine = hypervisor.boot(QemuLab.request(), SerialGuest.image(folder));
        try (ByteChannel console = machine.openSerialConsole()) {
            SerialGuest.awaitPrompt(console);
            SerialGuest.assertAnswers(console);
        }
        System.out.println(machine.id());
    }
}
