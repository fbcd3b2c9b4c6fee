package org.kdcloudlet.server.account;

/** What an administrator may do; each role includes those before it. */
public enum Role {
    /** Look at everything but other administrators. */
    VIEWER,
    /** Change services, images and instances too. */
    OPERATOR,
    /** Administer administrators too, and read the audit log. */
    ADMINISTRATOR;

    /** Whether this role may do what needs {@code needed}. */
    public boolean includes(Role needed) {
        return compareTo(needed) >= 0;
    }

    /** The one of both that may do less. */
    Role least(Role other) {
        return compareTo(other) <= 0 ? this : other;
    }
}
