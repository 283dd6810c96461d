import type { FastifyReply } from 'fastify';
import { COMMANDS_PER_REQUEST } from '#events/scim-request-handled.v1';
import { newId } from '#runtime/ids';

/**
 * An id for the next command of a request that writes. The request's record names it, so that what the command made
 * happen is found also when its answer never came. Past {@link COMMANDS_PER_REQUEST} the record names no more.
 */
export function nextCommand(reply: Pick<FastifyReply, 'commands'>): string {
  const id = newId();
  reply.commands ??= [];
  if (reply.commands.length < COMMANDS_PER_REQUEST) reply.commands.push(id);
  return id;
}
