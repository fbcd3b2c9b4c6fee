package org.kdcloudlet.client;

import java.util.Optional;

/** For devices that are not paired with any cloudlet. */
final class NoCredentials implements CredentialStore {
    @Override
    public Optional<String> deviceKey(String cloudletName) {
        return Optional.empty();
    }

    @Override
    public void putDeviceKey(String cloudletName, String deviceKey) {
        throw new CredentialException("This client has nowhere to keep credentials: give it a credential store.", null);
    }
}
