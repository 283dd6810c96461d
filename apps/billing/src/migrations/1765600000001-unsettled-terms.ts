import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which running terms are to be taken from their bills again, found without reading those of all tenants. */
export class UnsettledTerms1765600000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE balance ADD COLUMN term_unsettled boolean NOT NULL
  GENERATED ALWAYS AS (coalesce((term->>'unsettled')::boolean, false)) STORED;
CREATE INDEX balance_term_unsettled ON balance (tenant_id) WHERE term_unsettled`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE balance DROP COLUMN term_unsettled');
  }
}
