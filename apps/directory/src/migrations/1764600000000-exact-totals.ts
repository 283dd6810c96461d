import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How many living users and groups a tenant has, without counting them: the sum of its rows in `resource_counts`. Every
 * statement that changes the number, by whatever door, adds a row in its own transaction (triggers), so that a snapshot is
 * always exact and no two creates wait for each other. About one row in 250 folds what others left into one; rows that
 * another transaction holds are left to it, so folding waits for nobody either.
 *
 * `walk_marks` is where walks by startIndex go on (query/walks.ts): a memory that a crash may lose, hence unlogged.
 */
export class ExactTotals1764600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
CREATE TABLE resource_counts (
  tenant_id uuid    NOT NULL,
  kind      text    NOT NULL CHECK (kind IN ('users', 'groups')),
  id        bigint  GENERATED ALWAYS AS IDENTITY,
  n         integer NOT NULL,
  PRIMARY KEY (tenant_id, kind, id)
);

CREATE FUNCTION count_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO resource_counts (tenant_id, kind, n)
  SELECT tenant_id, TG_TABLE_NAME, count(*) FROM changed WHERE deleted_at IS NULL GROUP BY tenant_id;
  RETURN NULL;
END $$;

CREATE FUNCTION count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO resource_counts (tenant_id, kind, n)
  SELECT tenant_id, TG_TABLE_NAME, -count(*) FROM changed WHERE deleted_at IS NULL GROUP BY tenant_id;
  RETURN NULL;
END $$;

CREATE FUNCTION count_buried() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO resource_counts (tenant_id, kind, n)
  VALUES (NEW.tenant_id, TG_TABLE_NAME, CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE -1 END);
  RETURN NULL;
END $$;

CREATE FUNCTION count_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM resource_counts WHERE kind = TG_TABLE_NAME;
  RETURN NULL;
END $$;

CREATE FUNCTION fold_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- under a stricter isolation a row that somebody else has folded would be an error
  IF current_setting('transaction_isolation') = 'read committed' THEN
    WITH gone AS (
      -- by where they are, which needs no plan: the table's statistics may be of when it was empty
      DELETE FROM resource_counts WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM resource_counts WHERE tenant_id = NEW.tenant_id AND kind = NEW.kind FOR UPDATE SKIP LOCKED))
      RETURNING n
    )
    INSERT INTO resource_counts (tenant_id, kind, n)
    SELECT NEW.tenant_id, NEW.kind, sum(n) FROM gone HAVING count(*) > 0;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER fold AFTER INSERT ON resource_counts
  FOR EACH ROW WHEN (random() < 0.004) EXECUTE FUNCTION fold_counts();

${['users', 'groups'].map(triggersOf).join('')}
CREATE UNLOGGED TABLE walk_marks (
  tenant_id    uuid        NOT NULL,
  slot         smallint    NOT NULL,
  page         bytea       NOT NULL,
  position_key text,
  position_id  uuid        NOT NULL,
  made_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, slot)
) WITH (fillfactor = 50);`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
DROP TABLE walk_marks;
DROP TABLE resource_counts;
DROP FUNCTION count_inserted, count_removed, count_buried, count_truncated CASCADE;
DROP FUNCTION fold_counts;`);
  }
}

/** Making a trigger keeps writers out until the commit, so what is counted after it is all there is. */
function triggersOf(table: string): string {
  return `
CREATE TRIGGER count_inserted AFTER INSERT ON ${table}
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_inserted();
CREATE TRIGGER count_removed AFTER DELETE ON ${table}
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_removed();
CREATE TRIGGER count_buried AFTER UPDATE OF deleted_at ON ${table}
  FOR EACH ROW WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)) EXECUTE FUNCTION count_buried();
CREATE TRIGGER count_truncated AFTER TRUNCATE ON ${table}
  FOR EACH STATEMENT EXECUTE FUNCTION count_truncated();
INSERT INTO resource_counts (tenant_id, kind, n)
SELECT tenant_id, '${table}', count(*) FROM ${table} WHERE deleted_at IS NULL GROUP BY tenant_id;
`;
}
