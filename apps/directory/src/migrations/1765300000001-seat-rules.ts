import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a tenant's plan asks of the directory: who is billable, and how many there may be. Where there is a cap, `billable` is
 * their number: triggers keep it in the transaction that changes it, whatever door it came by, and refuse what would go beyond
 * (docs/adr/0007). Every such transaction holds the tenant's advisory lock shared, and who changes the rule holds it alone, so
 * that nobody is missed when a cap arrives.
 */
export class SeatRules1765300000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
ALTER TABLE users ADD COLUMN first_signed_in_at timestamptz;

CREATE TABLE seat_rule (
  tenant_id     uuid    PRIMARY KEY,
  plan_version  integer NOT NULL CHECK (plan_version > 0),
  billable_from text    NOT NULL CHECK (billable_from IN ('provisioned', 'first_sign_in')),
  cap_seats     integer CHECK (cap_seats > 0),
  billable      integer,
  CHECK ((cap_seats IS NULL) = (billable IS NULL))
);

CREATE FUNCTION is_billable(active boolean, deleted_at timestamptz, first_signed_in_at timestamptz, billable_from text)
RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
  SELECT active AND deleted_at IS NULL AND (billable_from = 'provisioned' OR first_signed_in_at IS NOT NULL)
$$;

CREATE FUNCTION hold_seat_rule(tenant_id uuid) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock_shared(1765300000, hashtext(tenant_id::text))
$$;

CREATE FUNCTION refuse_beyond_cap(seats integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The plan of this team allows % seats, and all of them are taken. Deactivate or delete somebody, or have the plan changed.', seats
    USING ERRCODE = 'RC403';
END $$;

CREATE FUNCTION count_new_seats() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE rule seat_rule;
BEGIN
  PERFORM hold_seat_rule(tenant_id) FROM (SELECT DISTINCT tenant_id FROM added WHERE active) AS tenant;
  FOR rule IN
    UPDATE seat_rule r SET billable = r.billable + taking.n
    FROM (SELECT tenant_id, count(*) AS n
          FROM added JOIN seat_rule USING (tenant_id)
          WHERE cap_seats IS NOT NULL AND is_billable(active, deleted_at, first_signed_in_at, billable_from)
          GROUP BY tenant_id) AS taking
    WHERE r.tenant_id = taking.tenant_id
    RETURNING r.*
  LOOP
    IF rule.billable > rule.cap_seats THEN PERFORM refuse_beyond_cap(rule.cap_seats); END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION count_moved_seat() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rule seat_rule;
  was boolean;
  is_now boolean;
BEGIN
  PERFORM hold_seat_rule(NEW.tenant_id);
  SELECT * INTO rule FROM seat_rule WHERE tenant_id = NEW.tenant_id AND cap_seats IS NOT NULL;
  IF NOT FOUND THEN RETURN NULL; END IF;
  was := is_billable(OLD.active, OLD.deleted_at, OLD.first_signed_in_at, rule.billable_from);
  is_now := is_billable(NEW.active, NEW.deleted_at, NEW.first_signed_in_at, rule.billable_from);
  IF was = is_now THEN RETURN NULL; END IF;
  UPDATE seat_rule SET billable = billable + is_now::int - was::int WHERE tenant_id = NEW.tenant_id RETURNING * INTO rule;
  IF is_now AND rule.billable > rule.cap_seats THEN PERFORM refuse_beyond_cap(rule.cap_seats); END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER count_new_seats AFTER INSERT ON users
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_new_seats();
CREATE TRIGGER count_moved_seat AFTER UPDATE OF active, deleted_at, first_signed_in_at ON users
  FOR EACH ROW WHEN ((OLD.active, OLD.deleted_at, OLD.first_signed_in_at) IS DISTINCT FROM
                     (NEW.active, NEW.deleted_at, NEW.first_signed_in_at)) EXECUTE FUNCTION count_moved_seat();`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
DROP TRIGGER count_new_seats ON users;
DROP TRIGGER count_moved_seat ON users;
DROP FUNCTION count_new_seats, count_moved_seat, refuse_beyond_cap, hold_seat_rule, is_billable;
DROP TABLE seat_rule;
ALTER TABLE users DROP COLUMN first_signed_in_at;`);
  }
}
