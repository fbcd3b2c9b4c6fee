package org.kdcloudlet.server.host.announcement;

import java.util.List;
import org.freedesktop.dbus.annotations.DBusInterfaceName;
import org.freedesktop.dbus.interfaces.DBusInterface;
import org.freedesktop.dbus.types.UInt16;
import org.freedesktop.dbus.types.UInt32;

/** Services that avahi-daemon announces together (org.freedesktop.Avahi.EntryGroup.xml of avahi 0.8). */
@DBusInterfaceName("org.freedesktop.Avahi.EntryGroup")
public interface AvahiEntryGroup extends DBusInterface {
    int ESTABLISHED = 2;
    int COLLISION = 3;
    int FAILURE = 4;
    /** The families of addresses. */
    int IPV4 = 0;

    int IPV6 = 1;

    void AddService(
            int networkInterface,
            int protocol,
            UInt32 flags,
            String name,
            String type,
            String domain,
            String host,
            UInt16 port,
            List<List<Byte>> text);

    void Commit();

    int GetState();

    void Free();
}
