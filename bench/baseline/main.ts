import 'reflect-metadata';
import { baselineServer } from './server.ts';
import { Store } from './store.ts';

const { DATABASE_URL = '', TENANT_ID = '', CONNECTION_ID = '', TOKEN = '' } = process.env;

const server = baselineServer(new Store(DATABASE_URL, TENANT_ID, CONNECTION_ID), TOKEN);
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit());
