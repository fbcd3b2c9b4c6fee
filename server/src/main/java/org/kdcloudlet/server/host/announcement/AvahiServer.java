package org.kdcloudlet.server.host.announcement;

import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.annotations.DBusInterfaceName;
import org.freedesktop.dbus.interfaces.DBusInterface;

/** What is used here of the D-Bus interface of avahi-daemon (org.freedesktop.Avahi.Server.xml of avahi 0.8). */
@DBusInterfaceName("org.freedesktop.Avahi.Server")
public interface AvahiServer extends DBusInterface {
    /** The state of a server that has its host name and takes services. */
    int RUNNING = 2;

    int GetState();

    String GetHostNameFqdn();

    DBusPath EntryGroupNew();
}
