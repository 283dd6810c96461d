import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reports of how billing and directory compared. */
export class Reconciliations1765400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
CREATE TABLE reconciliation (
  tenant_id   uuid        NOT NULL,
  id          uuid        NOT NULL,
  status      text        NOT NULL CHECK (status IN ('running', 'agreed', 'differed', 'failed')),
  asked_by    text        NOT NULL,
  started_at  timestamptz NOT NULL,
  alive_at    timestamptz NOT NULL,
  finished_at timestamptz,
  people      integer     NOT NULL DEFAULT 0,
  differences jsonb       NOT NULL DEFAULT '[]',
  problem     text,
  PRIMARY KEY (tenant_id, id),
  CHECK ((status = 'running') = (finished_at IS NULL)),
  CHECK ((status = 'failed') = (problem IS NOT NULL))
);
CREATE UNIQUE INDEX a_tenant_is_reconciled_once_at_a_time ON reconciliation (tenant_id) WHERE status = 'running';`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE reconciliation');
  }
}
