import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TenantSchemas1764500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE tenants ADD COLUMN schemas_version uuid;
CREATE TABLE schemas (
  tenant_id     uuid        NOT NULL REFERENCES tenants,
  urn_key       text        NOT NULL CHECK (urn_key = lower(urn_key)),
  resource_type text        NOT NULL CHECK (resource_type IN ('User', 'Group')),
  definition    jsonb       NOT NULL,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, urn_key)
)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE schemas; ALTER TABLE tenants DROP COLUMN schemas_version');
  }
}
