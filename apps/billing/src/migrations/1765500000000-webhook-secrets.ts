import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A webhook endpoint's secret can be changed without a gap: the one before signs as well until a time. */
export class WebhookSecrets1765500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE webhook_endpoint
  ADD COLUMN previous_secret bytea CHECK (length(previous_secret) BETWEEN 24 AND 64),
  ADD COLUMN previous_until  timestamptz`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE webhook_endpoint DROP COLUMN previous_secret, DROP COLUMN previous_until');
  }
}
