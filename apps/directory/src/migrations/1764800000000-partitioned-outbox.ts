import type { MigrationInterface, QueryRunner } from 'typeorm';
import { partitionOutbox } from '#outbox/partitioned-schema';

/** The outbox by month, so that what is past retention is dropped whole. */
export class PartitionedOutbox1764800000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(partitionOutbox(new Date()));
  }

  async down(): Promise<void> {
    throw new Error('What was told and dropped cannot be had back: restore a backup of the database instead.');
  }
}
