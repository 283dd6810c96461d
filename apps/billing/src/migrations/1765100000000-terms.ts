import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Plans, terms and invoices. What is billed is frozen here, whatever the program does: see docs/billing.md. */
export class Terms1765100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
CREATE TABLE plan (
  tenant_id  uuid        NOT NULL,
  version    integer     NOT NULL CHECK (version > 0),
  from_term  integer     NOT NULL CHECK (from_term > 0),
  content    jsonb       NOT NULL,
  actor      text        NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, version)
);

CREATE TABLE term (
  tenant_id        uuid        NOT NULL,
  number           integer     NOT NULL CHECK (number > 0),
  plan_version     integer     NOT NULL,
  starts_at        timestamptz NOT NULL,
  ends_at          timestamptz NOT NULL CHECK (ends_at > starts_at),
  adjusted_through bigint      NOT NULL CHECK (adjusted_through >= 0),
  closed_at        timestamptz,
  closed_through   bigint,
  PRIMARY KEY (tenant_id, number),
  FOREIGN KEY (tenant_id, plan_version) REFERENCES plan,
  CHECK ((closed_at IS NULL) = (closed_through IS NULL))
);
CREATE UNIQUE INDEX a_tenant_has_one_open_term ON term (tenant_id) WHERE closed_at IS NULL;
CREATE INDEX term_due ON term (ends_at) WHERE closed_at IS NULL;

CREATE TABLE invoice (
  tenant_id      uuid        NOT NULL,
  id             uuid        NOT NULL,
  term_number    integer     NOT NULL,
  currency       text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  total          bigint      NOT NULL,
  line_count     integer     NOT NULL,
  seats          jsonb       NOT NULL,
  closed_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, term_number),
  FOREIGN KEY (tenant_id, term_number) REFERENCES term
);

CREATE TABLE invoice_line (
  tenant_id     uuid    NOT NULL,
  invoice_id    uuid    NOT NULL,
  number        integer NOT NULL CHECK (number > 0),
  corrects_term integer,
  removed       boolean NOT NULL,
  kind          text    NOT NULL CHECK (kind IN ('renewal', 'purchase', 'charge', 'credit', 'peak')),
  user_id       uuid    NOT NULL,
  seat_class    text    NOT NULL CHECK (seat_class IN ('core', 'light')),
  from_day      date    NOT NULL,
  days          integer NOT NULL CHECK (days > 0),
  full_days     integer NOT NULL CHECK (full_days > 0),
  price         bigint  NOT NULL CHECK (price >= 0),
  amount        bigint  NOT NULL,
  ledger_line   bigint  NOT NULL,
  PRIMARY KEY (tenant_id, invoice_id, number),
  CHECK (corrects_term IS NOT NULL OR NOT removed)
);

CREATE TABLE adjustment (
  tenant_id     uuid        NOT NULL,
  term_number   integer     NOT NULL,
  number        integer     NOT NULL CHECK (number > 0),
  corrects_term integer     NOT NULL CHECK (corrects_term < term_number),
  removed       boolean     NOT NULL,
  kind          text        NOT NULL CHECK (kind IN ('renewal', 'purchase', 'charge', 'credit', 'peak')),
  user_id       uuid        NOT NULL,
  seat_class    text        NOT NULL CHECK (seat_class IN ('core', 'light')),
  from_day      date        NOT NULL,
  days          integer     NOT NULL CHECK (days > 0),
  full_days     integer     NOT NULL CHECK (full_days > 0),
  price         bigint      NOT NULL CHECK (price >= 0),
  amount        bigint      NOT NULL,
  ledger_line   bigint      NOT NULL,
  recorded_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, term_number, number),
  FOREIGN KEY (tenant_id, term_number) REFERENCES term,
  FOREIGN KEY (tenant_id, corrects_term) REFERENCES term
);
CREATE INDEX adjustment_corrects ON adjustment (tenant_id, corrects_term);

CREATE TRIGGER plan_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON plan
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_is_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_line_is_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_line
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER adjustment_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON adjustment
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER term_stays BEFORE DELETE OR TRUNCATE ON term
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_change_of_closed_term() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Term % is closed: it does not change any more. Correct it with an adjustment.', OLD.number
    USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER closed_term_is_frozen BEFORE UPDATE ON term
  FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_closed_term();

-- The lines of an invoice are written before it: once it is there, they are complete.
CREATE FUNCTION refuse_further_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added JOIN invoice ON invoice.tenant_id = added.tenant_id AND invoice.id = added.invoice_id) THEN
    RAISE EXCEPTION 'The invoice is closed: it takes no further lines. Correct it with an adjustment.'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER closed_invoice_takes_no_lines AFTER INSERT ON invoice_line REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_further_lines();

CREATE FUNCTION refuse_late_adjustments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added JOIN term ON term.tenant_id = added.tenant_id AND term.number = added.term_number
             WHERE term.closed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'The term is closed: it takes no further adjustments. They belong to the open term.'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER closed_term_takes_no_adjustments AFTER INSERT ON adjustment REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_adjustments();
`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
DROP TABLE adjustment, invoice_line, invoice, term, plan;
DROP FUNCTION refuse_late_adjustments, refuse_further_lines, refuse_change_of_closed_term;`);
  }
}
