import type { MigrationInterface, QueryRunner } from 'typeorm';
import { OUTBOX_TABLES } from '#outbox/schema';

export class Initial1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
CREATE TABLE tenants (
  tenant_id  uuid        PRIMARY KEY,
  name       text        NOT NULL CHECK (name <> ''),
  created_at timestamptz NOT NULL
);

CREATE TABLE sso_settings (
  tenant_id   uuid        PRIMARY KEY REFERENCES tenants,
  kind        text        NOT NULL CHECK (kind IN ('saml', 'oidc')),
  issuer      text        NOT NULL,
  sign_in_url text        NOT NULL,
  certificate text,
  updated_at  timestamptz NOT NULL
);

CREATE TABLE connections (
  tenant_id  uuid        NOT NULL REFERENCES tenants,
  id         uuid        NOT NULL,
  username   text        NOT NULL,
  enabled    boolean     NOT NULL,
  scope      text        NOT NULL CHECK (scope IN ('users', 'users_and_groups')),
  dialect    text        NOT NULL CHECK (dialect IN ('auto', 'rfc', 'okta', 'entra')),
  version    integer     NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, username)
);

CREATE TABLE tokens (
  tenant_id     uuid        NOT NULL,
  token_hash    text        NOT NULL,
  connection_id uuid        NOT NULL,
  created_at    timestamptz NOT NULL,
  revoked_at    timestamptz,
  PRIMARY KEY (tenant_id, token_hash),
  FOREIGN KEY (tenant_id, connection_id) REFERENCES connections
);

CREATE TABLE users (
  tenant_id     uuid        NOT NULL,
  id            uuid        NOT NULL,
  user_name     text        NOT NULL,
  user_name_key text        NOT NULL,
  external_id   text,
  active        boolean     NOT NULL,
  admin         boolean     NOT NULL DEFAULT false,
  managed_by    uuid,
  data          jsonb       NOT NULL,
  version       integer     NOT NULL CHECK (version > 0),
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  deleted_at    timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, managed_by) REFERENCES connections
);
CREATE UNIQUE INDEX users_user_name ON users (tenant_id, user_name_key) WHERE deleted_at IS NULL;
CREATE INDEX users_living ON users (tenant_id, id) WHERE deleted_at IS NULL;
CREATE INDEX users_external_id ON users (tenant_id, external_id) WHERE deleted_at IS NULL AND external_id IS NOT NULL;
CREATE INDEX users_admins ON users (tenant_id) WHERE admin AND active AND deleted_at IS NULL;

CREATE TABLE groups (
  tenant_id        uuid        NOT NULL,
  id               uuid        NOT NULL,
  display_name     text        NOT NULL,
  display_name_key text        NOT NULL,
  external_id      text,
  origin           text        NOT NULL CHECK (origin IN ('local', 'idp')),
  managed_by       uuid,
  data             jsonb       NOT NULL,
  version          integer     NOT NULL CHECK (version > 0),
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  deleted_at       timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, managed_by) REFERENCES connections
);
CREATE UNIQUE INDEX groups_display_name ON groups (tenant_id, display_name_key) WHERE deleted_at IS NULL;
CREATE INDEX groups_living ON groups (tenant_id, id) WHERE deleted_at IS NULL;

CREATE TABLE memberships (
  tenant_id     uuid    NOT NULL,
  group_id      uuid    NOT NULL,
  user_id       uuid    NOT NULL,
  local         boolean NOT NULL,
  connection_id uuid,
  PRIMARY KEY (tenant_id, group_id, user_id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES groups,
  FOREIGN KEY (tenant_id, user_id) REFERENCES users,
  FOREIGN KEY (tenant_id, connection_id) REFERENCES connections,
  CONSTRAINT a_membership_has_provenance CHECK (local OR connection_id IS NOT NULL)
);
CREATE INDEX memberships_of_user ON memberships (tenant_id, user_id);
${OUTBOX_TABLES}`);
  }

  async down(): Promise<void> {
    throw new Error('The first migration has nothing to go back to: drop the database instead.');
  }
}
