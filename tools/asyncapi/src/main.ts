import { join } from 'node:path';
import { release } from '#events/released';

/** Run from the project's folder, as npm does. */
for (const file of release(join('libs', 'events', 'released'))) console.log(`libs/events/released/${file} is new`);
