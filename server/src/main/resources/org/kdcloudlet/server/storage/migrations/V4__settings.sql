-- What administrators changed of the configuration while the server ran.

CREATE TABLE settings (
    key        VARCHAR(100) NOT NULL PRIMARY KEY,
    value      VARCHAR(200) NOT NULL,
    changed_by VARCHAR(100) NOT NULL,
    changed    BIGINT       NOT NULL
);
