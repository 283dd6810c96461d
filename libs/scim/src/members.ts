import { badRequest } from './error.ts';
import type { Filter } from './filter.ts';
import { isObject, type Json } from './json.ts';
import type { Operation } from './patch.ts';
import type { ValuePath } from './path.ts';

/** A change of a group's members by id. Ids are distinct within a change, in the order they first came. */
export type MemberChange =
  | { op: 'add'; ids: string[] }
  | { op: 'remove'; ids: string[] }
  | { op: 'removeAll' }
  | { op: 'replaceAll'; ids: string[] };

/**
 * Takes the members out of a group's PATCH. A group may have a million, kept as rows: they are changed by id and never
 * loaded, so `applyPatch` gets `rest` and the store gets `changes`, both in order. Members and other attributes do not
 * depend on each other, so applying one list after the other is the same as applying them as they came.
 *
 * Neighbouring adds and neighbouring removes become one change: Okta sends one remove a member.
 *
 * @throws ScimError 400 `invalidFilter`: a member filter other than `value eq`, alone or joined by `or`.
 * @throws ScimError 400 `mutability`: a sub-attribute of a member, all of which are fixed (RFC 7643 §4.2).
 */
export function splitMembers(operations: readonly Operation[]): { rest: Operation[]; changes: MemberChange[] } {
  const rest: Operation[] = [];
  const gathered: { op: MemberChange['op']; ids: Set<string> }[] = [];
  for (const operation of operations) {
    const change = changeOf(operation);
    if (!change) {
      rest.push(operation);
      continue;
    }
    const last = gathered.at(-1);
    if (last && last.op === change.op && (change.op === 'add' || change.op === 'remove')) {
      for (const id of change.ids) last.ids.add(id);
    } else {
      gathered.push({ op: change.op, ids: new Set(change.ids) });
    }
  }
  const changes = gathered.map(({ op, ids }) => (op === 'removeAll' ? { op } : { op, ids: [...ids] }));
  return { rest, changes };
}

/** The distinct ids of a resource's `members`, as readResource left them. */
export function memberIds(members: Json | undefined): string[] {
  const ids = new Set<string>();
  for (const member of Array.isArray(members) ? members : []) {
    if (isObject(member) && typeof member.value === 'string') ids.add(member.value);
  }
  return [...ids];
}

function changeOf({ op, path, value }: Operation): { op: MemberChange['op']; ids: string[] } | undefined {
  if (path.attribute === undefined || path.attribute.name !== 'members' || path.schema !== undefined) return undefined;
  if (path.subAttribute) throw fixed();
  if (path.filter) return { op: 'remove', ids: idsToRemove(op, path, path.filter) };
  if (op === 'replace') return { op: 'replaceAll', ids: memberIds(value) };
  if (op === 'remove' && value === undefined) return { op: 'removeAll', ids: [] };
  return { op, ids: memberIds(value) };
}

function idsToRemove(op: Operation['op'], path: ValuePath, filter: Filter): string[] {
  if (op !== 'remove') throw fixed();
  if (filter.kind === 'or') return filter.operands.flatMap((operand) => idsToRemove(op, path, operand));
  if (filter.kind === 'compare' && filter.operator === 'eq' && filter.name.subAttribute?.name === 'value') {
    return [String(filter.value)];
  }
  throw badRequest(
    'invalidFilter',
    `Members can be chosen by 'value eq' only, such as members[value eq "..."], alone or joined by 'or'.`,
  );
}

function fixed() {
  return badRequest('mutability', `A member cannot be changed. Remove it from 'members' and add the other one.`);
}
