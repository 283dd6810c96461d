import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Entitlements1764500000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
CREATE TABLE entitlements (
  tenant_id    uuid        NOT NULL REFERENCES tenants,
  kind         text        NOT NULL CHECK (kind IN ('Role', 'Entitlement')),
  id           text        NOT NULL CHECK (id <> ''),
  display_name text        NOT NULL CHECK (display_name <> ''),
  type         text,
  description  text,
  version      integer     NOT NULL CHECK (version > 0),
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, kind, id)
)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE entitlements');
  }
}
