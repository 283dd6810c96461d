import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ProvenancePolicies1764300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE connections
  ADD COLUMN member_policy text NOT NULL DEFAULT 'keep_local_members'
    CHECK (member_policy IN ('keep_local_members', 'idp_is_authoritative')),
  ADD COLUMN strict_members boolean NOT NULL DEFAULT false;
ALTER TABLE groups ADD COLUMN protected boolean NOT NULL DEFAULT false`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE connections DROP COLUMN member_policy, DROP COLUMN strict_members;
ALTER TABLE groups DROP COLUMN protected`);
  }
}
