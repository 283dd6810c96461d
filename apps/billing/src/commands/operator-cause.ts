import type { CommandContext } from '#rabbit/server';
import { currentCorrelation } from '#runtime/correlation';
import type { LineCause } from '../seats/line-cause.ts';

/** Why a line is written that no event is the reason for: an operator's command. Its id stands for the event's. */
export function operatorCause({ commandId }: Pick<CommandContext, 'commandId'>, eventType: string): LineCause {
  const requestId = currentCorrelation()?.requestId ?? commandId;
  return { eventId: commandId, eventType, commandId, requestId, actor: 'operator' };
}
