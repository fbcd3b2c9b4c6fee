-- Who failed to log in, so that a restart forgives nobody. The key is a digest: people type passwords where names belong.
CREATE TABLE log_in_failures (
    subject       VARCHAR(80) NOT NULL PRIMARY KEY,
    failures      INTEGER     NOT NULL,
    last_failure  BIGINT      NOT NULL,
    refused_until BIGINT      NOT NULL
);
