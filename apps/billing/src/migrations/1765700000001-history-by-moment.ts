import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Peaks are of moments and not of single lines: the history is reckoned anew in the background. */
export class HistoryByMoment1765700000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('TRUNCATE seat_history, seat_quarter_hour');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('TRUNCATE seat_history, seat_quarter_hour');
  }
}
