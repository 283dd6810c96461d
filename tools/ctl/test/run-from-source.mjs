import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const root = new URL('../../../', import.meta.url);

// Lets node run main.ts as a real process from the sources, so that a test never sees an old build:
// node --import ./tools/ctl/test/run-from-source.mjs tools/ctl/src/main.ts
registerHooks({
  resolve(specifier, context, next) {
    const [, library, file] = /^#([^/]+)\/(.*)$/.exec(specifier) ?? [];
    return next(library ? new URL(`libs/${library}/src/${file}.ts`, root).href : specifier, context);
  },
  load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context);
    const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
      filename: fileURLToPath(url),
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        target: 'es2023',
      },
      module: { type: 'es6' },
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
