import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The event that told of each rule. Versions of plans begin again when billing's database is lost; the ids of its events
 * go on. Nobody knows the event of a rule from before, so whatever is told next overrules it.
 */
export class SeatRuleEvent1765500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE seat_rule ADD COLUMN event_id uuid');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE seat_rule DROP COLUMN event_id');
  }
}
