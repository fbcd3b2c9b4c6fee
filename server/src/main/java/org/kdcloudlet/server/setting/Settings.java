package org.kdcloudlet.server.setting;

import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.config.SettingValue;

/** Everything that can be configured, and the part of it that may be changed while the server runs. Safe for use by many threads. */
public interface Settings {
    /**
     * What holds for a key.
     *
     * @param meaning one or more sentences, in which names and values stand in back quotes
     * @param live who changed it while a server ran, if that is why it holds
     */
    record Shown(SettingValue value, String meaning, Optional<LiveValue> live) {
        public String key() {
            return value.setting().key();
        }
    }

    /** All keys, in the order of the sections of the configuration file. */
    List<Shown> list();

    /**
     * @throws org.kdcloudlet.server.error.CloudletException SETTING_UNKNOWN
     */
    Shown get(String key);

    /**
     * Changes a value: on record first, then in force. It holds over restarts, and over what the file says.
     *
     * @param text as it would be written in the file, without quotes
     * @param by the name of who changes it
     * @throws org.kdcloudlet.server.error.CloudletException SETTING_UNKNOWN; SETTING_FIXED when it is read at the start only; INVALID_VALUE
     *     with the rule
     */
    Shown change(String key, String text, String by);

    /**
     * Lets hold again what file, environment or options say, or else the default. One that nobody has changed stays as it is.
     *
     * @throws org.kdcloudlet.server.error.CloudletException SETTING_UNKNOWN; SETTING_FIXED
     */
    Shown reset(String key);
}
