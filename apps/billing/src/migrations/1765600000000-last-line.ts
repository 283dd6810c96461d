import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A seat knows its last ledger line, so that a bill does not look for it in all the lines there ever were. */
export class LastLine1765600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE seat ADD COLUMN last_line bigint, ADD COLUMN last_line_at timestamptz;
UPDATE seat SET last_line = line.sequence, last_line_at = line.effective_at
FROM (SELECT DISTINCT ON (tenant_id, user_id) tenant_id, user_id, sequence, effective_at
      FROM ledger_line ORDER BY tenant_id, user_id, sequence DESC) AS line
WHERE seat.tenant_id = line.tenant_id AND seat.user_id = line.user_id`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE seat DROP COLUMN last_line, DROP COLUMN last_line_at');
  }
}
