import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { valid } from '#runtime/valid';
import { number } from '../ledger/ledger-query.ts';

const LIMIT = 20;

class ReportPage {
  /** older ones than this */
  @IsOptional()
  @IsUUID()
  before?: string;

  @IsInt()
  @Min(1)
  @Max(100)
  limit!: number;
}

/** @throws InvalidShape naming every parameter that is wrong */
export function readReportPage(query: Readonly<Record<string, unknown>>): {
  before: string | undefined;
  limit: number;
} {
  const { before, limit } = valid(ReportPage, {
    ...(query.before !== undefined && { before: query.before }),
    limit: number(query.limit, LIMIT),
  });
  return { before, limit };
}
