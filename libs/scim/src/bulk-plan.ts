/** In which order bulk operations run (RFC 7644 §3.7.1, §3.7.2). */
import type { BulkOperation } from './bulk.ts';
import { referenceInPath, referencesOf } from './bulk-references.ts';

/**
 * `run`: carry the operation out, without its references to the `postponed` bulkIds, which do not exist yet.
 * `complete`: they do now (or failed): add them to what the operation made.
 */
export type BulkStep =
  | { readonly kind: 'run'; readonly index: number; readonly postponed: ReadonlySet<string> }
  | { readonly kind: 'complete'; readonly index: number };

interface Node {
  /** those it waits for, by index */
  readonly waitsFor: Set<number>;
  readonly waitedForBy: number[];
  /** the circle it is part of; those of one circle have the same number */
  circle: number;
  /** how many it still waits for, of other circles and of its own */
  outside: number;
  inside: number;
  done: boolean;
}

/**
 * The order of the request, but that an operation waits for those that make what it refers to, and for the earlier ones
 * on the same resource. Where operations wait for each other in a circle, the first of them runs without the references
 * that are not there yet, and is completed as soon as they are.
 */
export function planBulk(operations: readonly BulkOperation[]): BulkStep[] {
  const nodes = graphOf(operations);
  const steps: BulkStep[] = [];
  const incomplete = new Map<number, Set<number>>();
  for (let next = choose(nodes); next !== undefined; next = choose(nodes)) {
    const index = nodes.indexOf(next);
    const missing = [...next.waitsFor].filter((other) => !nodes[other]?.done);
    const postponed = new Set(missing.flatMap((other) => operations[other]?.bulkId ?? []));
    steps.push({ kind: 'run', index, postponed });
    finish(next, nodes);
    if (missing.length > 0) incomplete.set(index, new Set(missing));
    for (const [waiting, others] of incomplete) {
      others.delete(index);
      if (others.size > 0) continue;
      incomplete.delete(waiting);
      steps.push({ kind: 'complete', index: waiting });
    }
  }
  return steps;
}

/** The first that waits for nothing, else the first that waits for its own circle only. */
function choose(nodes: readonly Node[]): Node | undefined {
  return (
    nodes.find(({ done, inside, outside }) => !done && inside + outside === 0) ??
    nodes.find(({ done, outside }) => !done && outside === 0)
  );
}

function finish(node: Node, nodes: readonly Node[]): void {
  node.done = true;
  for (const index of node.waitedForBy) {
    const other = nodes[index];
    if (!other) continue;
    if (other.circle === node.circle) other.inside -= 1;
    else other.outside -= 1;
  }
}

function graphOf(operations: readonly BulkOperation[]): Node[] {
  const posts = new Map<string, number>();
  for (const [index, { method, bulkId }] of operations.entries()) {
    if (method === 'POST' && bulkId !== undefined) posts.set(bulkId, index);
  }
  const nodes: Node[] = operations.map((operation) => ({
    waitsFor: new Set([...referencesOf(operation)].flatMap((bulkId) => posts.get(bulkId) ?? [])),
    waitedForBy: [],
    circle: -1,
    outside: 0,
    inside: 0,
    done: false,
  }));
  const circles = findCircles(nodes);
  const last = new Map<string, number>();
  for (const [index, { method, path }] of operations.entries()) {
    const node = nodes[index];
    if (method === 'POST' || !node) continue;
    const made = posts.get(referenceInPath(path) ?? '');
    // What is made in a circle is whole once the whole circle is.
    if (made !== undefined) for (const member of circles[nodes[made]?.circle ?? -1] ?? []) node.waitsFor.add(member);
    const earlier = last.get(path);
    if (earlier !== undefined) node.waitsFor.add(earlier);
    last.set(path, index);
  }
  for (const [index, node] of nodes.entries()) {
    for (const other of node.waitsFor) {
      nodes[other]?.waitedForBy.push(index);
      if (nodes[other]?.circle === node.circle) node.inside += 1;
      else node.outside += 1;
    }
  }
  return nodes;
}

/** Tarjan's strongly connected components, in time linear in the references; the depth is that of 1,000 operations. */
function findCircles(nodes: readonly Node[]): number[][] {
  const circles: number[][] = [];
  const order = new Map<number, number>();
  const stack: number[] = [];

  const visit = (index: number, node: Node): number => {
    const own = order.size;
    let lowest = own;
    order.set(index, own);
    stack.push(index);
    for (const other of node.waitsFor) {
      const target = nodes[other];
      const seen = order.get(other);
      if (!target || (seen !== undefined && target.circle >= 0)) continue;
      lowest = Math.min(lowest, seen ?? visit(other, target));
    }
    if (lowest < own) return lowest;
    const circle = stack.splice(stack.indexOf(index));
    for (const member of circle) {
      const found = nodes[member];
      if (found) found.circle = circles.length;
    }
    circles.push(circle);
    return lowest;
  };

  for (const [index, node] of nodes.entries()) if (!order.has(index)) visit(index, node);
  return circles;
}
