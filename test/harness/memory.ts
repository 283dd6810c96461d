import { readFileSync } from 'node:fs';

/** Resident memory of a process, MB; 0 of one that has ended and is still there. @throws where there is no such process */
export function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}
