import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Resource } from '#scim/resource';
import { userKeys } from '../query/index-key.ts';

const BATCH = 1_000;

/**
 * Indexes for filters and sorts, and the key that cursors are signed with. Index columns are ordered by code point
 * (collation "C"), as #scim/sort orders and as a search by prefix needs.
 */
export class ListIndexes1764100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE tenants ADD COLUMN cursor_key bytea NOT NULL
  DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

ALTER TABLE users
  ALTER COLUMN user_name_key TYPE text COLLATE "C",
  ALTER COLUMN external_id TYPE text COLLATE "C",
  ADD COLUMN display_name_key text COLLATE "C",
  ADD COLUMN email_keys text[] NOT NULL DEFAULT '{}';
ALTER TABLE groups
  ALTER COLUMN display_name_key TYPE text COLLATE "C",
  ALTER COLUMN external_id TYPE text COLLATE "C";`);

    await fillKeys(queryRunner);

    await queryRunner.query(`
CREATE INDEX users_display_name ON users (tenant_id, display_name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX users_emails ON users USING gin (email_keys) WHERE deleted_at IS NULL;
CREATE INDEX users_active ON users (tenant_id, active, id) WHERE deleted_at IS NULL;
CREATE INDEX users_updated ON users (tenant_id, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX groups_external_id ON groups (tenant_id, external_id) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
CREATE INDEX groups_updated ON groups (tenant_id, updated_at, id) WHERE deleted_at IS NULL;`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
DROP INDEX groups_updated, groups_external_id, users_updated, users_active;
ALTER TABLE groups
  ALTER COLUMN external_id TYPE text COLLATE "default",
  ALTER COLUMN display_name_key TYPE text COLLATE "default";
ALTER TABLE users
  DROP COLUMN email_keys,
  DROP COLUMN display_name_key,
  ALTER COLUMN external_id TYPE text COLLATE "default",
  ALTER COLUMN user_name_key TYPE text COLLATE "default";
ALTER TABLE tenants DROP COLUMN cursor_key;`);
  }
}

/** The keys of the users that are there, computed where the keys of new ones are. */
async function fillKeys(queryRunner: QueryRunner): Promise<void> {
  for (let after = ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000']; ; ) {
    const users: { tenant_id: string; id: string; data: Resource }[] = await queryRunner.query(
      `SELECT tenant_id, id, data FROM users WHERE (tenant_id, id) > ($1::uuid, $2::uuid) ORDER BY tenant_id, id LIMIT ${BATCH}`,
      after,
    );
    const last = users.at(-1);
    if (!last) return;
    after = [last.tenant_id, last.id];
    const keys = users.map(({ tenant_id, id, data }) => ({ tenant_id, id, ...userKeys(data) }));
    await queryRunner.query(
      `UPDATE users u SET display_name_key = k."displayNameKey", email_keys = k."emailKeys"
       FROM json_to_recordset($1) AS k (tenant_id uuid, id uuid, "displayNameKey" text, "emailKeys" text[])
       WHERE u.tenant_id = k.tenant_id AND u.id = k.id`,
      [JSON.stringify(keys)],
    );
  }
}
