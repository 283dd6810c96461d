import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The history of seats tells classes, and days of any time zone: quarters of an hour in place of hours. It is a projection of the
 * ledger, reckoned anew in the background.
 */
export class HistoryByClass1765500000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
DROP TABLE seat_hour;
CREATE TABLE seat_quarter_hour (
  tenant_id     uuid        NOT NULL,
  starts_at     timestamptz NOT NULL,
  net           integer     NOT NULL,
  net_light     integer     NOT NULL,
  peak          integer     NOT NULL,
  peak_at       timestamptz NOT NULL,
  peak_sequence bigint      NOT NULL,
  PRIMARY KEY (tenant_id, starts_at) INCLUDE (net, net_light)
);
TRUNCATE seat_history`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
DROP TABLE seat_quarter_hour;
CREATE TABLE seat_hour (
  tenant_id     uuid        NOT NULL,
  hour          timestamptz NOT NULL,
  net           integer     NOT NULL,
  peak          integer     NOT NULL,
  peak_at       timestamptz NOT NULL,
  peak_sequence bigint      NOT NULL,
  PRIMARY KEY (tenant_id, hour) INCLUDE (net)
);
TRUNCATE seat_history`);
  }
}
