import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Its partitions, one a day, are made ahead and dropped by activity/partitions.ts. */
export class Activity1764200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
CREATE TABLE activity (
  tenant_id     uuid        NOT NULL,
  at            timestamptz NOT NULL,
  id            uuid        NOT NULL,
  connection_id uuid        NOT NULL,
  request_id    text        NOT NULL,
  method        text        NOT NULL,
  path          text        NOT NULL,
  resource_type text,
  resource_id   uuid,
  status        smallint    NOT NULL,
  scim_type     text,
  detail        text,
  ms            integer     NOT NULL,
  client        text        NOT NULL,
  dialect       text        NOT NULL,
  warnings      jsonb       NOT NULL,
  PRIMARY KEY (tenant_id, at, id)
) PARTITION BY RANGE (at);
CREATE INDEX activity_request ON activity (tenant_id, request_id);
`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE activity');
  }
}
