import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * When a SCIM request last named each user, to the hour, and when each connection last deactivated or deleted somebody: what
 * tells people whom a provider has forgotten. For what was before, the nearest that is known.
 */
export class ScimContact1765400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
CREATE TABLE scim_contact (
  tenant_id uuid        NOT NULL,
  user_id   uuid        NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);

ALTER TABLE connections ADD COLUMN deactivated_at timestamptz;
UPDATE connections c SET deactivated_at = gone.at
FROM (SELECT tenant_id, managed_by AS id, max(updated_at) AS at FROM users
      WHERE managed_by IS NOT NULL AND (NOT active OR deleted_at IS NOT NULL) GROUP BY tenant_id, managed_by) AS gone
WHERE c.tenant_id = gone.tenant_id AND c.id = gone.id;`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE scim_contact; ALTER TABLE connections DROP COLUMN deactivated_at;');
  }
}
