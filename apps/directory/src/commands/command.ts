import type { ScimCommand } from '#directory-api/scim-command';
import type { Cause } from '#events/envelope';
import type { CommandContext } from '#rabbit/server';
import { currentCorrelation } from '#runtime/correlation';

/** The command line, as an actor: it has the broker's credentials and no connection. */
const OPERATOR = 'operator';

/** Who and what made the events of a command happen. */
export function causeOf(context: CommandContext, command?: ScimCommand): Cause {
  return {
    commandId: context.commandId,
    requestId: currentCorrelation()?.requestId ?? context.commandId,
    actor: command ? `connection:${command.connectionId}` : OPERATOR,
  };
}
