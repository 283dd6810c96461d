import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DISCARDED_TABLE } from '#outbox/discard';

/**
 * What operators discarded, which is kept as the ledger is. The second index lets a replay walk the outbox by position; it
 * tells where in the table which positions are, and costs a writer next to nothing.
 */
export class Discarded1764900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`${DISCARDED_TABLE}
CREATE TRIGGER discarded_is_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON discarded
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE INDEX outbox_by_position ON outbox USING brin (position int8_minmax_multi_ops) WITH (autosummarize = on);
`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX outbox_by_position; DROP TABLE discarded;');
  }
}
