package org.kdcloudlet.hypervisor.qemu;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.Progress;

/** A server of its own process: starts a clone of the only template, says its id, begins what it was told to, and waits to be killed. */
final class ServerToKill {
    private ServerToKill() {}

    public static void main(String[] arguments) throws InterruptedException {
        QemuHypervisor hypervisor = QemuLab.open(Path.of(arguments[0]));
        hypervisor.adopt();
        Machine clone =
                hypervisor.clone(QemuLab.request(), hypervisor.templates().get(0));
        clone.awaitReady(QemuLab.READY);
        System.out.println(clone.id());
        String what = arguments.length > 1 ? arguments[1] : "nothing";
        if (what.equals("suspend")) {
            clone.suspend();
        } else if (what.equals("snapshot")) {
            clone.takeSnapshot("killed", Progress.NONE);
        }
        new CountDownLatch(1).await();
    }
}
