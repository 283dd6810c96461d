import { type CountSeats, SEATS, type SeatCount } from '#billing-api/billing';
import { BILLING_COMMANDS } from '#rabbit/topology';
import { question } from './command.ts';
import { tenant } from './options.ts';
import { counted } from './text.ts';

export const seatsCommands = [
  question({
    words: 'seats show',
    summary: 'the seats a tenant has in use; also: ctl seats',
    options: { tenant },
    queue: BILLING_COMMANDS,
    pattern: SEATS.count,
    payload: ({ tenant: tenantId }): CountSeats => ({ tenantId }),
    show: ({ inUse, asOf, sequence }: SeatCount) =>
      `${counted(inUse, 'seat')} in use as of ${asOf} (ledger line ${sequence})`,
  }),
];
