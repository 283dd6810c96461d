import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets a replay walk the outbox by position. The index tells where in the table which positions are, and costs a writer
 * next to nothing.
 */
export class Replay1764900000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'CREATE INDEX outbox_by_position ON outbox USING brin (position int8_minmax_multi_ops) WITH (autosummarize = on)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX outbox_by_position');
  }
}
