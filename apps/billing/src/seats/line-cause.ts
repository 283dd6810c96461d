import type { CloudEvent } from '#events/envelope';

/** Why a line was written: an event of the directory, or an operator's command. */
export interface LineCause {
  /** of the event, or of the command where no event is the reason */
  eventId: string;
  /** type of the event, or `reconcile` */
  eventType: string;
  commandId: string;
  requestId: string;
  actor: string;
}

/** An event of the directory as the reason of a line. */
export function causeOf({ id, type, commandid, requestid, actor }: CloudEvent): LineCause {
  return { eventId: id, eventType: type, commandId: commandid, requestId: requestid, actor };
}
