package org.kdcloudlet.server.host.announcement;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.freedesktop.dbus.interfaces.DBus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way to avahi-daemon over the system bus; connects when needed, and again after the connection was lost. */
final class AvahiBus implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AvahiBus.class);
    private static final String AVAHI = "org.freedesktop.Avahi";
    private static final Pattern SOCKET = Pattern.compile("unix:path=([^,;]+).*");

    private Optional<DBusConnection> connection = Optional.empty();

    /** The unique name on the bus of the avahi-daemon that runs; another one after each start. */
    Optional<String> daemon() {
        try {
            if (!hasSocket()) {
                close();
                return Optional.empty();
            }
            DBus dbus = connected().getRemoteObject("org.freedesktop.DBus", "/org/freedesktop/DBus", DBus.class);
            return dbus.NameHasOwner(AVAHI) ? Optional.of(dbus.GetNameOwner(AVAHI)) : Optional.empty();
        } catch (DBusException | DBusExecutionException e) {
            log.debug("The system bus does not answer: {}", e.toString());
            close();
            return Optional.empty();
        }
    }

    AvahiServer server() throws DBusException {
        return connected().getRemoteObject(AVAHI, "/", AvahiServer.class);
    }

    AvahiEntryGroup group(DBusPath path) throws DBusException {
        return connected().getRemoteObject(AVAHI, path.getPath(), AvahiEntryGroup.class);
    }

    private DBusConnection connected() throws DBusException {
        if (connection.filter(DBusConnection::isConnected).isEmpty()) {
            close();
            connection = Optional.of(
                    DBusConnectionBuilder.forSystemBus().withShared(false).build());
        }
        return connection.get();
    }

    /** Without the bus's socket there is nothing to try, and nothing of D-Bus needs to be loaded. */
    private static boolean hasSocket() {
        String address = Optional.ofNullable(System.getenv("DBUS_SYSTEM_BUS_ADDRESS"))
                .orElse("unix:path=/var/run/dbus/system_bus_socket");
        Matcher socket = SOCKET.matcher(address);
        return !socket.matches() || Files.exists(Path.of(socket.group(1)));
    }

    /** Avahi takes back what it was told over this connection. */
    @Override
    public void close() {
        connection.ifPresent(DBusConnection::disconnect);
        connection = Optional.empty();
    }
}
