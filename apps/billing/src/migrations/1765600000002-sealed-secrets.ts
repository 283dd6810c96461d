import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Room for secrets that are sealed. */
export class SealedSecrets1765600000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE webhook_endpoint
  DROP CONSTRAINT webhook_endpoint_secret_check,
  DROP CONSTRAINT webhook_endpoint_previous_secret_check`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE webhook_endpoint
  ADD CHECK (length(secret) BETWEEN 24 AND 64),
  ADD CHECK (length(previous_secret) BETWEEN 24 AND 64)`);
  }
}
