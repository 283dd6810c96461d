import { type Standing, seatClass } from '../classes/seat-class.ts';
import type { NumberedLine } from '../invoices/invoice-rows.ts';
import type { LedgerEntry } from '../ledger/ledger.service.ts';
import { decimal } from '../terms/money.ts';
import type { csvField } from './csv.ts';

/** A column of a CSV file: its name in the header, and what a row has in it. */
export type Column<Row> = readonly [name: string, value: (row: Row) => Parameters<typeof csvField>[0]];

export const LEDGER: readonly Column<LedgerEntry>[] = [
  ['sequence', ({ sequence }) => sequence],
  ['kind', ({ kind }) => kind],
  ['user_id', ({ userId }) => userId],
  ['user_name', ({ userName }) => userName ?? null],
  ['effective_at', ({ effectiveAt }) => effectiveAt],
  ['recorded_at', ({ recordedAt }) => recordedAt],
  ['in_use', ({ inUse }) => inUse],
  ['seat_class', ({ seatClass }) => seatClass],
  ['adjusted_to', ({ adjustedTo }) => adjustedTo ?? null],
  ['corrects', ({ corrects }) => corrects ?? null],
  ['in_use_core', ({ inUseCore }) => inUseCore],
  ['in_use_light', ({ inUseLight }) => inUseLight],
  ['term', ({ term }) => term ?? null],
  ['purchased_core', ({ purchased }) => purchased?.core ?? null],
  ['purchased_light', ({ purchased }) => purchased?.light ?? null],
  ['available_core', ({ available }) => available?.core ?? null],
  ['available_light', ({ available }) => available?.light ?? null],
  ['peak_core', ({ peak }) => peak?.seats.core ?? null],
  ['peak_light', ({ peak }) => peak?.seats.light ?? null],
  ['peak_at', ({ peak }) => peak?.at ?? null],
  ['event_id', ({ cause }) => cause.eventId],
  ['event_type', ({ cause }) => cause.eventType],
  ['command_id', ({ cause }) => cause.commandId],
  ['request_id', ({ cause }) => cause.requestId],
  ['actor', ({ cause }) => cause.actor],
];

/** A seat that is taken. */
export interface TakenSeat extends Standing {
  userId: string;
  userName: string;
  since: Date;
}

export const SEATS: readonly Column<TakenSeat>[] = [
  ['user_id', ({ userId }) => userId],
  ['user_name', ({ userName }) => userName],
  ['seat_class', seatClass],
  ['since', ({ since }) => since],
];

/** @param currency ISO 4217 */
export function invoiceColumns(currency: string): readonly Column<NumberedLine>[] {
  return [
    ['number', ({ number }) => number],
    ['kind', ({ kind }) => kind],
    ['user_id', ({ userId }) => userId],
    ['user_name', ({ userName }) => userName],
    ['seat_class', ({ seatClass: of }) => of],
    ['from_day', ({ fromDay }) => fromDay],
    ['days', ({ days }) => days],
    ['full_days', ({ fullDays }) => fullDays],
    ['price_minor', ({ price }) => price],
    ['amount_minor', ({ amount }) => Number(amount)],
    ['amount', ({ amount }) => Number(decimal(amount, currency))],
    ['currency', () => currency],
    ['ledger_line', ({ ledgerLine }) => ledgerLine],
    ['corrects_term', ({ correctsTerm }) => correctsTerm],
    ['removed', ({ removed }) => removed],
  ];
}
