/** The rules of the house: imports go one way, and there are no cycles (a cycle crashes ESM with decorators at start). */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-app-imports-an-app',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-and-tools-do-not-import-apps',
      severity: 'error',
      from: { path: '^(libs|tools)/' },
      to: { path: '^apps/' },
    },
    {
      name: 'libs-do-not-import-tools',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^tools/' },
    },
    {
      name: 'scim-imports-nothing',
      comment: 'libs/scim is pure: no package, no node: module, no other library. Its specs may.',
      severity: 'error',
      from: { path: '^libs/scim/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/scim/' },
    },
    {
      name: 'billing-never-imports-scim',
      severity: 'error',
      from: { path: '^(apps/billing|libs/billing-api)/' },
      to: { path: '^libs/scim/' },
    },
    {
      name: 'gateway-has-no-database',
      severity: 'error',
      from: { path: '^apps/scim-gateway/' },
      to: { path: ['^libs/outbox/', 'node_modules/(typeorm|pg|@nestjs/typeorm)/'] },
    },
    {
      name: 'okta-is-the-outside-world',
      severity: 'error',
      from: { path: '^tools/okta/' },
      to: { path: '^(apps|libs|tools/ctl)/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.boundaries.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['node', 'import', 'types', 'default'],
    },
  },
};
