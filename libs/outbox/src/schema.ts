/** Tables of a database that tells events. Part of that database's own migration. */
export const OUTBOX_TABLES = `
CREATE TABLE outbox (
  tenant_id    uuid        NOT NULL,
  id           uuid        NOT NULL,
  position     bigint      GENERATED ALWAYS AS IDENTITY,
  partition    smallint    NOT NULL,
  type         text        NOT NULL,
  subject      text        NOT NULL,
  command_id   uuid        NOT NULL,
  occurred_at  timestamptz NOT NULL,
  event        json        NOT NULL,
  published_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX outbox_waiting ON outbox (position) WHERE published_at IS NULL;
CREATE INDEX outbox_command ON outbox (tenant_id, command_id);
`;

/** Tables of a database that applies events in order. */
export const INBOX_TABLES = `
CREATE TABLE inbox (
  tenant_id    uuid        NOT NULL,
  event_id     uuid        NOT NULL,
  processed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, event_id)
);
CREATE TABLE parked (
  tenant_id uuid        NOT NULL,
  position  bigint      GENERATED ALWAYS AS IDENTITY,
  event_id  text        NOT NULL,
  type      text        NOT NULL,
  content   text        NOT NULL,
  reason    text        NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, position),
  UNIQUE (tenant_id, event_id)
);
`;
