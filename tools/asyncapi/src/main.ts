import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { release } from '#events/released';
import { asyncapi, PATH } from './asyncapi.ts';

/** Run from the project's folder, as npm does. */
const root = process.cwd();
const released = join('libs', 'events', 'released');
for (const file of release(join(root, released))) console.log(`${join(released, file)} is new`);
writeFileSync(join(root, PATH), asyncapi(root));
console.log(`${PATH} is written`);
