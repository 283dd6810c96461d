import type { MigrationInterface, QueryRunner } from 'typeorm';
import { partitionInbox, partitionOutbox } from '#outbox/partitioned-schema';

/** Outbox and inbox by month, so that what is past retention is dropped whole. */
export class PartitionedOutbox1764800000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const now = new Date();
    await queryRunner.query(partitionOutbox(now) + partitionInbox(now));
  }

  async down(): Promise<void> {
    throw new Error('What was told and dropped cannot be had back: restore a backup of the database instead.');
  }
}
