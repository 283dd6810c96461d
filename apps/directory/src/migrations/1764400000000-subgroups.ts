import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Subgroups1764400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
CREATE TABLE subgroups (
  tenant_id     uuid    NOT NULL,
  group_id      uuid    NOT NULL,
  member_id     uuid    NOT NULL,
  local         boolean NOT NULL,
  connection_id uuid,
  PRIMARY KEY (tenant_id, group_id, member_id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES groups,
  FOREIGN KEY (tenant_id, member_id) REFERENCES groups,
  FOREIGN KEY (tenant_id, connection_id) REFERENCES connections,
  CONSTRAINT a_subgroup_has_provenance CHECK (local OR connection_id IS NOT NULL),
  CONSTRAINT no_group_is_its_own_member CHECK (group_id <> member_id)
);
CREATE INDEX subgroups_of_member ON subgroups (tenant_id, member_id);`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE subgroups');
  }
}
