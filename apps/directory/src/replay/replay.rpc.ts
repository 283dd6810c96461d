import { Controller, UseFilters } from '@nestjs/common';
import { ReplayHandlers } from '#outbox/replay-handlers';
import { RefusalFilter } from '../commands/refusal.filter.ts';

/** The service's door for replays of its outbox. */
@Controller()
@UseFilters(RefusalFilter)
export class ReplayRpc extends ReplayHandlers {}
