import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What an event changed, for the activity log: beside the event because it is no part of it and never published
 * (activity/attribute-changes.ts). The indexes are for the filters of the log's list.
 */
export class ActivityChanges1764700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE outbox ADD COLUMN changes json;
ALTER TABLE activity ADD COLUMN commands jsonb;
CREATE INDEX activity_resource ON activity (tenant_id, resource_id, at, id) WHERE resource_id IS NOT NULL;
CREATE INDEX activity_errors ON activity (tenant_id, at, id) WHERE status >= 400;
`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
DROP INDEX activity_errors, activity_resource;
ALTER TABLE activity DROP COLUMN commands;
ALTER TABLE outbox DROP COLUMN changes;`);
  }
}
