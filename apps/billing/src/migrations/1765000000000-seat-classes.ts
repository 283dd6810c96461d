import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Classes of seats and corrections in the ledger, and the groups that the classes follow from. Lines that are there are
 * core: they are not written again, their new columns have a default, because the ledger refuses to be changed.
 *
 * One event can change the class of many people, so a line is counted once for each event and person; that index also finds
 * a person's lines.
 */
export class SeatClasses1765000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE ledger_line
  DROP CONSTRAINT ledger_line_kind_check,
  DROP CONSTRAINT an_event_is_counted_once,
  ADD COLUMN seat_class   text    NOT NULL DEFAULT 'core' CHECK (seat_class IN ('core', 'light')),
  ADD COLUMN in_use_light integer NOT NULL DEFAULT 0,
  ADD COLUMN adjusted_to  text    CHECK (adjusted_to IN ('occupied', 'released')),
  ADD COLUMN corrects     bigint,
  ADD CONSTRAINT ledger_line_kind_check CHECK (kind IN ('occupied', 'released', 'class_changed', 'adjusted')),
  ADD CONSTRAINT light_seats_are_in_use CHECK (in_use_light BETWEEN 0 AND in_use),
  ADD CONSTRAINT an_adjustment_says_to_what CHECK ((kind = 'adjusted') = (adjusted_to IS NOT NULL)),
  ADD CONSTRAINT a_line_corrects_an_earlier_one CHECK (corrects IS NULL OR kind = 'adjusted' AND corrects < sequence),
  ADD CONSTRAINT an_event_is_counted_once UNIQUE (tenant_id, user_id, event_id);
ALTER TABLE ledger_line ALTER COLUMN seat_class DROP DEFAULT, ALTER COLUMN in_use_light DROP DEFAULT;

ALTER TABLE balance
  ADD COLUMN in_use_light integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT light_seats_are_in_use CHECK (in_use_light BETWEEN 0 AND in_use);

ALTER TABLE seat
  ADD COLUMN light_groups integer NOT NULL DEFAULT 0 CHECK (light_groups >= 0),
  ADD COLUMN core_groups  integer NOT NULL DEFAULT 0 CHECK (core_groups >= 0);

CREATE TABLE directory_group (
  tenant_id    uuid    NOT NULL,
  group_id     uuid    NOT NULL,
  display_name text    NOT NULL,
  managed      boolean NOT NULL,
  version      bigint  NOT NULL CHECK (version > 0),
  gone         boolean NOT NULL,
  effect       text    NOT NULL CHECK (effect IN ('none', 'light', 'core')),
  PRIMARY KEY (tenant_id, group_id)
);

CREATE TABLE group_member (
  tenant_id uuid NOT NULL,
  group_id  uuid NOT NULL,
  user_id   uuid NOT NULL,
  PRIMARY KEY (tenant_id, group_id, user_id)
);
CREATE INDEX group_member_by_user ON group_member (tenant_id, user_id);

CREATE TABLE group_edge (
  tenant_id uuid NOT NULL,
  group_id  uuid NOT NULL,
  member_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, group_id, member_id)
);
CREATE INDEX group_edge_by_member ON group_edge (tenant_id, member_id);

CREATE TABLE light_group (
  tenant_id uuid        PRIMARY KEY,
  name      text        NOT NULL CHECK (name <> ''),
  set_at    timestamptz NOT NULL
);
`);
  }

  async down(): Promise<void> {
    throw new Error('A ledger with classes cannot be told without them: restore a backup of the database instead.');
  }
}
