import { IsIn, IsInt, IsObject, IsUUID, Matches, Min } from 'class-validator';
import { IsInstant } from '#runtime/instant';

export const TERM_CLOSED = 'term.closed.v1';

/**
 * A tenant's term is closed and its invoice frozen. What billing learns of the term later is an adjustment in the next ones.
 * The event's time is the end of the term.
 */
export class TermClosed {
  /** 1, 2, 3 … per tenant; terms leave no gap between them */
  @IsInt()
  @Min(1)
  number!: number;

  /** first instant of the term, UTC */
  @IsInstant()
  startsAt!: string;

  /** first instant after the term, UTC */
  @IsInstant()
  endsAt!: string;

  /** when it was closed, UTC */
  @IsInstant()
  closedAt!: string;

  /** number of the last ledger line that the invoice knows */
  @IsInt()
  @Min(0)
  sequence!: number;

  @IsUUID()
  invoiceId!: string;

  /** ISO 4217 */
  @Matches(/^[A-Z]{3}$/)
  currency!: string;

  /** of the invoice, minor units; below zero when corrections of earlier terms are more than the term costs */
  @IsInt()
  total!: number;

  /** how many lines the invoice has */
  @IsInt()
  @Min(0)
  lines!: number;

  @IsIn(['available_seats', 'prorate_and_credit', 'peak'])
  policy!: string;

  /** seats paid for at the end of the term, `{core, light}` */
  @IsObject()
  purchased!: Record<'core' | 'light', number>;

  /** of these, seats not in use, `{core, light}` */
  @IsObject()
  available!: Record<'core' | 'light', number>;

  /** seats in use at the end of the term, `{core, light}` */
  @IsObject()
  inUse!: Record<'core' | 'light', number>;

  /** the term's high-water mark, `{seats: {core, light}, at}` */
  @IsObject()
  peak!: { seats: Record<'core' | 'light', number>; at: string };
}

export const example: TermClosed = {
  number: 1,
  startsAt: '2026-01-01T00:00:00.000Z',
  endsAt: '2026-02-01T00:00:00.000Z',
  closedAt: '2026-02-01T12:00:00.000Z',
  sequence: 3,
  invoiceId: '0192d5a4-7c1e-7000-8000-000000000004',
  currency: 'EUR',
  total: 2323,
  lines: 3,
  policy: 'available_seats',
  purchased: { core: 3, light: 0 },
  available: { core: 1, light: 0 },
  inUse: { core: 2, light: 0 },
  peak: { seats: { core: 3, light: 0 }, at: '2026-01-22T09:00:00.000Z' },
};
