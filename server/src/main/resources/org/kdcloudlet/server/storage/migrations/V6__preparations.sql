-- Images that are prepared by hand; the id is that of the machine, which knows everything else.

CREATE TABLE preparations (
    id            VARCHAR(36)  NOT NULL PRIMARY KEY,
    service       VARCHAR(24)  NOT NULL UNIQUE REFERENCES services (id) ON DELETE CASCADE,
    version       INTEGER,
    blank_mib     BIGINT       NOT NULL,
    network       VARCHAR(10)  NOT NULL,
    cdrom         VARCHAR(255),
    begun         INTEGER      NOT NULL,
    created       BIGINT       NOT NULL,
    problem       VARCHAR(1000)
);
