package org.kdcloudlet.server.host.announcement;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.kdcloudlet.server.host.HostAddresses;
import org.slf4j.LoggerFactory;

/** Announces a cloudlet until it is ended: METHOD NAME PORT [INTERFACE...]. Its log tells what it does. */
final class AnnouncingProcess {
    private AnnouncingProcess() {}

    public static void main(String... arguments) throws InterruptedException {
        ((Logger) LoggerFactory.getLogger("org.kdcloudlet")).setLevel(Level.INFO);
        DiscoveryMethod method = DiscoveryMethod.valueOf(arguments[0].toUpperCase(Locale.ROOT));
        Advertisement.Setup setup = new Advertisement.Setup(method, arguments[1], Integer.parseInt(arguments[2]));
        List<String> interfaces = List.of(arguments).subList(3, arguments.length);
        Advertisement advertisement = Advertisement.start(setup, new HostAddresses(interfaces));
        Runtime.getRuntime().addShutdownHook(new Thread(advertisement::close));
        new CountDownLatch(1).await();
    }
}
