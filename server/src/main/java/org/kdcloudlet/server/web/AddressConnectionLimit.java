package org.kdcloudlet.server.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.io.SelectorManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes connections of an address that has too many open, so that one client cannot take all that there may be. */
final class AddressConnectionLimit implements SelectorManager.AcceptListener {
    private static final Logger log = LoggerFactory.getLogger(AddressConnectionLimit.class);

    private final int mostPerAddress;
    private final Map<SelectableChannel, InetAddress> open = new HashMap<>();
    private final Map<InetAddress, Integer> counts = new HashMap<>();
    private final Set<InetAddress> told = new HashSet<>();

    AddressConnectionLimit(int mostPerAddress) {
        this.mostPerAddress = mostPerAddress;
    }

    @Override
    public void onAccepting(SelectableChannel channel) {
        try {
            if (((SocketChannel) channel).getRemoteAddress() instanceof InetSocketAddress client
                    && !admit(channel, client.getAddress())) {
                if (toBeTold(client.getAddress())) {
                    log.warn("{} has {} connections; more are closed", client.getAddress(), mostPerAddress);
                }
                channel.close();
            }
        } catch (IOException gone) {
            log.debug("A connection ended before it was accepted: {}", gone.getMessage());
        }
    }

    private synchronized boolean admit(SelectableChannel channel, InetAddress client) {
        if (counts.getOrDefault(client, 0) >= mostPerAddress) {
            return false;
        }
        open.put(channel, client);
        counts.merge(client, 1, Integer::sum);
        return true;
    }

    /** Once, until all connections of this client have ended: whoever goes on must not fill the log. */
    private synchronized boolean toBeTold(InetAddress client) {
        return told.add(client);
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
        forget(channel);
    }

    @Override
    public void onClosed(SelectableChannel channel) {
        forget(channel);
    }

    private synchronized void forget(SelectableChannel channel) {
        InetAddress client = open.remove(channel);
        if (client != null) {
            counts.computeIfPresent(client, (address, count) -> count == 1 ? null : count - 1);
            if (!counts.containsKey(client)) {
                told.remove(client);
            }
        }
    }
}
