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
