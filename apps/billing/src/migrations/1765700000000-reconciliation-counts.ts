import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many differences there were, of which a report keeps the first, and how many of them were not set right. */
export class ReconciliationCounts1765700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE reconciliation ADD difference_count integer NOT NULL DEFAULT 0, ADD left_count integer NOT NULL DEFAULT 0`);
    await queryRunner.query(`
UPDATE reconciliation
SET difference_count = jsonb_array_length(differences),
    left_count = (SELECT count(*) FROM jsonb_array_elements(differences) AS seat WHERE NOT seat ?| ARRAY['healed', 'regrouped'])
WHERE differences <> '[]'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE reconciliation DROP difference_count, DROP left_count');
  }
}
