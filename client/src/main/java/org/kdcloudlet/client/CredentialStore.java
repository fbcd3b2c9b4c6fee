package org.kdcloudlet.client;

import java.util.Optional;

/**
 * Where a device keeps what it got when it was paired, by the name of the cloudlet ({@link Cloudlet#name()}). An app may have
 * one that uses the key store of its platform. Called from several threads.
 */
public interface CredentialStore {
    /**
     * The device's private key for a cloudlet.
     *
     * @param cloudletName comes from the network: not to be trusted
     * @return empty when the device is not paired with it
     * @throws CredentialException if there is one that cannot be read
     */
    Optional<String> deviceKey(String cloudletName);

    /**
     * Keeps the device's private key for a cloudlet, in place of an earlier one.
     *
     * @param cloudletName comes from the network: not to be trusted
     * @param deviceKey secret
     * @throws CredentialException if it cannot be kept
     */
    void putDeviceKey(String cloudletName, String deviceKey);
}
