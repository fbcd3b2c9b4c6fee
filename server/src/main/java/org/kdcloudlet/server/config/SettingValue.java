package org.kdcloudlet.server.config;

/**
 * What holds for a key.
 *
 * @param value as it would be written in the file, without quotes
 * @param origin who said it
 * @param place where, e.g. {@code /etc/kdcloudlet.toml:12}; empty where the origin says it all
 */
public record SettingValue(Setting setting, String value, Origin origin, String place) {
    /** Who said a value, from the weakest to the strongest. */
    public enum Origin {
        /** Nobody. */
        DEFAULT,
        /** The configuration file. */
        FILE,
        /** A variable of the environment of {@code cloudlet run}. */
        ENVIRONMENT,
        /** An option of {@code cloudlet run}. */
        COMMAND_LINE,
        /** An administrator, while the server ran. */
        LIVE
    }
}
