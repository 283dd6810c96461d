import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What each ledger line tells of its term, and the running term that it is counted by. A person's seat knows whether they
 * are active and when they first signed in, because a plan may count from either. Whoever has a seat now is active.
 */
export class RunningTerms1765300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE ledger_line
  ADD COLUMN term_number     integer,
  ADD COLUMN purchased_core  integer,
  ADD COLUMN purchased_light integer,
  ADD COLUMN available_core  integer,
  ADD COLUMN available_light integer,
  ADD COLUMN peak_core       integer,
  ADD COLUMN peak_light      integer,
  ADD COLUMN peak_at         timestamptz,
  ADD CONSTRAINT a_term_is_told_whole CHECK (
    num_nonnulls(term_number, purchased_core, purchased_light, available_core, available_light, peak_core, peak_light, peak_at)
      IN (0, 8));

ALTER TABLE balance
  ADD COLUMN term         jsonb,
  ADD COLUMN term_ends_at timestamptz,
  ADD COLUMN snapshot_on  date NOT NULL DEFAULT '-infinity';
CREATE INDEX balance_term_due ON balance (term_ends_at);
CREATE INDEX balance_snapshot_due ON balance (snapshot_on);

ALTER TABLE seat
  ADD COLUMN active       boolean NOT NULL DEFAULT false,
  ADD COLUMN signed_in_at timestamptz;
UPDATE seat SET active = occupied WHERE occupied;

CREATE INDEX invoice_line_by_user ON invoice_line (tenant_id, user_id);
`);
  }

  async down(): Promise<void> {
    throw new Error(
      'Lines that tell of their term cannot be told without it: restore a backup of the database instead.',
    );
  }
}
