-- How many calls partners with a daily quota have made on each day of China Standard Time (days since 1970-01-01), at all nodes of the region together.
CREATE TABLE partner_calls (
    day   INTEGER NOT NULL,
    name  TEXT    NOT NULL,
    calls BIGINT  NOT NULL,
    PRIMARY KEY (day, name)
);
